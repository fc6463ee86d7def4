"""Tells when the tide turns."""

from datetime import datetime, timedelta

HALF_A_TIDE = timedelta(hours=6, minutes=12)


def turns(first: datetime, count: int) -> list[datetime]:
    """The times at which the tide turns, from the first on."""
    return [first + index * HALF_A_TIDE for index in range(count)]
