const MINUTES_OF_HALF_A_TIDE = 6 * 60 + 12;
const FIRST = 4 * 60 + 26;

const two = (number) => String(number).padStart(2, '0');

/** The first turns of the tide of a day. */
export function turns(count) {
  return Array.from({ length: count }, (_, index) => {
    const minutes = (FIRST + index * MINUTES_OF_HALF_A_TIDE) % (24 * 60);
    return { name: index % 2 === 0 ? 'high' : 'low', time: `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}` };
  });
}
