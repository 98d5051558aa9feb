/** One mark for each state of an exercise. Shape tells them apart as well as colour: check, cross, pen, empty ring. */

import { s } from './dom.js';

/** State → what a person calls it. */
export const WORDS = {
  solved: 'solved',
  failing: 'not right yet',
  written: 'written',
  untouched: 'not tried yet'
};

/**
 * @param {keyof typeof WORDS} state
 * @returns {SVGElement} decorative; the words belong beside it
 */
export function mark(state) {
  const known = state in WORDS ? state : 'untouched';
  return s(
    `svg.course-mark.course-mod-${known}`,
    { viewBox: '0 0 16 16', 'aria-hidden': 'true', focusable: 'false' },
    ...SHAPES[known]()
  );
}

const disc = () => s('circle.course-shape', { cx: 8, cy: 8, r: 7 });
const sign = (d) => s('path.course-sign', { d });

const SHAPES = {
  solved: () => [disc(), sign('M4.6 8.3 7 10.7l4.4-5')],
  failing: () => [s('path.course-shape', { d: 'M8 .8 15.2 8 8 15.2.8 8Z' }), sign('M5.8 5.8l4.4 4.4m0-4.4-4.4 4.4')],
  written: () => [s('rect.course-shape', { x: 1.5, y: 1.5, width: 13, height: 13, rx: 3 }), sign('M4.7 6h6.6M4.7 10h4')],
  untouched: () => [s('circle.course-shape', { cx: 8, cy: 8, r: 6 })]
};
