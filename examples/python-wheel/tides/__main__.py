from datetime import datetime

from tides import turns

for time in turns(datetime(2026, 1, 31, 4, 26), 4):
    print(time.strftime("%H:%M"))
