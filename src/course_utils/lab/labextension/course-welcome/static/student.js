/** The student's page: how far they are, where to go on, and every chapter. */

import { h, s } from './dom.js';
import { mark, WORDS } from './marks.js';

/**
 * What the server answers.
 * @typedef {{id: string, state: keyof typeof WORDS, points: number}} Exercise
 * @typedef {{name: string, number: string, title: string, minutes: number | null, objectives: string[], path: string,
 *   solved: number, total: number, points: number, max_points: number,
 *   state: 'new' | 'started' | 'done' | 'broken', exercises: Exercise[]}} Chapter
 * @typedef {{chapters: Chapter[], solved: number, total: number, next: string | null}} Progress
 */

const STATES = { new: 'not started', started: 'in progress', done: 'done', broken: 'cannot be read' };
const SHOWN_OBJECTIVES = 4;
const RADIUS = 44;

export class StudentPage {
  /** @param {(path: string) => void} open opens a notebook */
  constructor(open) {
    this._open = open;
    /** What each part of the page shows now, as text: a part is made anew only when that changes, so none flickers. */
    this._shown = new Map();
    this._alert = h('p.course-alert', { role: 'alert', hidden: '' });
    this._hero = h('div.course-hero-slot', null);
    this._cards = h('ul.course-cards', { 'aria-label': 'Chapters' });
    this.node = h(
      'div.course-Welcome',
      { role: 'region', 'aria-label': 'Welcome to the course', tabindex: '-1' },
      h('div.course-page', null, this._alert, this._hero, this._cards)
    );
    this._put(this._hero, 'hero', null, () => hero(null, open));
  }

  /** @param {Progress} progress */
  show(progress) {
    this._alert.hidden = true;
    const next = progress.chapters.find((c) => c.path === progress.next);
    const { solved, total } = progress;
    this._put(this._hero, 'hero', { solved, total, next }, () => hero({ solved, total, next, progress }, this._open));
    if (this._cards.children.length !== progress.chapters.length) {
      this._shown.forEach((_, key) => key !== 'hero' && this._shown.delete(key));
      this._cards.replaceChildren(...progress.chapters.map(() => h('li.course-card-slot', null)));
    }
    progress.chapters.forEach((chapter, i) => {
      const isNext = chapter === next;
      this._put(this._cards.children[i], i, { chapter, isNext }, () => card(chapter, isNext, this._open));
    });
  }

  /** @param {string} message one sentence; what is shown already stays */
  fail(message) {
    this._alert.textContent = message;
    this._alert.hidden = false;
  }

  /** Fills a slot when what it shows has changed; the keyboard's place is kept. */
  _put(slot, key, content, make) {
    const text = JSON.stringify(content);
    if (this._shown.get(key) === text) {
      return;
    }
    this._shown.set(key, text);
    const focused = slot.contains(document.activeElement);
    slot.replaceChildren(make());
    if (focused) {
      slot.querySelector('button')?.focus({ preventScroll: true });
    }
  }
}

/**
 * @param {{solved: number, total: number, next?: Chapter, progress: Progress} | null} state null until the first answer
 * @param {(path: string) => void} open
 */
function hero(state, open) {
  return h(
    'header.course-hero',
    null,
    h(
      'div.course-hero-words',
      null,
      h('h1.course-title', null, 'PyTorch fundamentals'),
      h(
        'p.course-lead',
        null,
        'Read, predict, run each cell with ',
        h('kbd', null, 'Shift'),
        ' + ',
        h('kbd', null, 'Enter'),
        ', and solve: every exercise is checked at once and says what went wrong.'
      ),
      state && invitation(state, open),
      state?.total ? legend() : null
    ),
    state?.total ? ring(state.solved, state.total) : null
  );
}

function invitation({ solved, total, next, progress }, open) {
  if (!progress.chapters.length) {
    return h('p.course-note', null, 'There are no chapters in this copy of the course yet.');
  }
  if (!next) {
    return h('p.course-note', null, solved === total ? 'Every exercise is solved. Well done!' : 'Nothing is left to open.');
  }
  const begun = progress.chapters.some((c) => c.state !== 'new');
  return h(
    'button.course-button',
    { type: 'button', onclick: () => open(next.path) },
    h('span', null, `${begun ? 'Continue' : 'Start'} with ${next.number} · ${next.title}`),
    h('span.course-arrow', { 'aria-hidden': 'true' }, '→')
  );
}

function legend() {
  return h(
    'ul.course-legend',
    { 'aria-label': 'What the marks mean' },
    ...Object.keys(WORDS).map((state) => h('li', null, mark(state), WORDS[state]))
  );
}

/** The whole course's progress, as a ring. */
function ring(solved, total) {
  const around = 2 * Math.PI * RADIUS;
  const circle = (name, attributes) => s(`circle.${name}`, { cx: 50, cy: 50, r: RADIUS, ...attributes });
  return h(
    'div.course-ring',
    {
      role: 'progressbar',
      'aria-label': 'Exercises solved in the whole course',
      'aria-valuemin': 0,
      'aria-valuemax': total,
      'aria-valuenow': solved,
      'aria-valuetext': `${solved} of ${total} exercises`
    },
    s(
      'svg',
      { viewBox: '0 0 100 100', 'aria-hidden': 'true', focusable: 'false' },
      circle('course-ring-track', {}),
      solved ? circle('course-ring-value', { 'stroke-dasharray': `${(around * solved) / total} ${around}` }) : ''
    ),
    h('div.course-ring-words', { 'aria-hidden': 'true' }, h('b', null, String(solved)), h('span', null, `of ${total}`))
  );
}

/**
 * One chapter. The whole card opens it, by way of the one button in it.
 * @param {Chapter} chapter
 * @param {boolean} isNext
 * @param {(path: string) => void} open
 */
function card(chapter, isNext, open) {
  const { number, title, state, objectives } = chapter;
  const id = `course-chapter-${number}`;
  return h(
    `article.course-card.course-mod-${state}${isNext ? '.course-mod-next' : ''}`,
    { 'aria-labelledby': id },
    h(
      'div.course-card-head',
      null,
      h('span.course-number', { 'aria-hidden': 'true' }, number),
      h('span.course-meta', null, [STATES[state], duration(chapter.minutes)].filter(Boolean).join(' · '))
    ),
    h(
      'h2.course-card-title',
      null,
      h('button.course-open', { type: 'button', id, onclick: () => open(chapter.path) }, title)
    ),
    objectives.length > 0 && objectiveList(objectives),
    state === 'broken' ? broken(number) : chapter.total > 0 && tally(chapter)
  );
}

function duration(minutes) {
  if (!minutes) {
    return '';
  }
  const hours = Math.floor(minutes / 60);
  const rest = Math.round(minutes % 60);
  return [hours && `${hours} h`, rest && `${rest} min`].filter(Boolean).join(' ');
}

function objectiveList(objectives) {
  const more = objectives.length - SHOWN_OBJECTIVES;
  const shown = more > 1 ? objectives.slice(0, SHOWN_OBJECTIVES) : objectives;
  return h(
    'ul.course-objectives',
    { 'aria-label': 'You will be able to' },
    ...shown.map((text) => h('li', null, plain(text))),
    more > 1 && h('li.course-more', null, `and ${more} more`)
  );
}

/** Objectives are Markdown; the marks that mean something in a sentence are taken away. */
function plain(markdown) {
  return markdown.replace(/`([^`]*)`/g, '$1').replace(/\*\*([^*]*)\*\*/g, '$1');
}

function broken(number) {
  return h(
    'p.course-note',
    null,
    'Its file is damaged. In a terminal, ',
    h('code', null, `course restore ${number}`),
    ' brings back the last backup, and ',
    h('code', null, `course reset ${number}`),
    ' starts it afresh; the damaged file is kept.'
  );
}

/** A bar, the figures, and a mark for each exercise. */
function tally({ solved, total, points, max_points: maxPoints, exercises }) {
  return h(
    'div.course-tally',
    null,
    h(
      'div.course-bar',
      {
        role: 'progressbar',
        'aria-label': 'Exercises solved',
        'aria-valuemin': 0,
        'aria-valuemax': total,
        'aria-valuenow': solved,
        'aria-valuetext': `${solved} of ${total} exercises`
      },
      h('div.course-bar-value', { style: `inline-size: ${(100 * solved) / total}%` })
    ),
    h(
      'p.course-figures',
      null,
      h('span', null, `${solved} of ${total} solved`),
      maxPoints ? h('span', null, `${points} of ${maxPoints} points`) : null
    ),
    h(
      'ol.course-dots',
      { 'aria-label': 'Exercises' },
      ...exercises.map(({ id, state }, i) => {
        const words = `${i + 1}. ${id}: ${WORDS[state] ?? state}`;
        return h('li.course-dot', { title: words }, mark(state), h('span.course-hidden', null, words));
      })
    )
  );
}
