/** The instructor's page: what to do next, in order, with the buttons and commands that do it. */

import { h } from './dom.js';

const STEPS = [
  {
    title: 'Write',
    text: 'Each chapter has one source, source/NN_slug/NN_slug.py, and attempts.py with right and wrong answers beside it.',
    code: ['course build'],
    buttons: [
      ['Create Assignment panel', 'nbgrader:open-create-assignment'],
      ['Terminal', 'terminal:create-new']
    ]
  },
  {
    title: 'Hand out and collect',
    text: 'Release a chapter, and fetch what students hand in, from formgrader’s list of assignments.',
    code: ['nbgrader release_assignment 04_scatter', 'nbgrader collect 04_scatter'],
    buttons: [['Open formgrader', 'nbgrader:open-formgrader']]
  },
  {
    title: 'Grade',
    text: 'Tests give their points by themselves; then read the written answers in formgrader, under “Manual Grading”.',
    code: ['nbgrader autograde 04_scatter'],
    buttons: [['Open formgrader', 'nbgrader:open-formgrader']]
  },
  {
    title: 'Give back',
    text: 'Feedback is one page for each student, with points and your comments, and without hidden tests.',
    code: ['nbgrader generate_feedback 04_scatter', 'nbgrader release_feedback 04_scatter'],
    buttons: [['Open formgrader', 'nbgrader:open-formgrader']]
  }
];

/**
 * @param {(command: string) => void} run runs one of JupyterLab's commands
 * @param {(command: string) => boolean} has whether there is such a command; a button without one is left out
 * @returns {{node: HTMLElement}}
 */
export function instructorPage(run, has) {
  return {
    node: h(
      'div.course-Welcome',
      { role: 'region', 'aria-label': 'Welcome, instructor', tabindex: '-1' },
      h(
        'div.course-page',
        null,
        h(
          'header.course-hero',
          null,
          h(
            'div.course-hero-words',
            null,
            h('h1.course-title', null, 'PyTorch fundamentals'),
            h('p.course-lead', null, 'The instructor’s lab. A chapter goes round in four steps; commands run in a terminal here.')
          )
        ),
        h('ol.course-cards', { 'aria-label': 'Steps' }, ...STEPS.map((step, i) => stepCard(step, i + 1, run, has)))
      )
    )
  };
}

function stepCard({ title, text, code, buttons }, number, run, has) {
  return h(
    'li.course-card-slot',
    null,
    h(
      'article.course-card',
      null,
      h('div.course-card-head', null, h('span.course-number', { 'aria-hidden': 'true' }, String(number))),
      h('h2.course-card-title', null, title),
      h('p.course-text', null, text),
      h('pre.course-code', { tabindex: '0', 'aria-label': 'Commands' }, code.join('\n')),
      h(
        'div.course-buttons',
        null,
        ...buttons
          .filter(([, command]) => has(command))
          .map(([label, command]) =>
            h('button.course-button.course-mod-quiet', { type: 'button', onclick: () => run(command) }, label)
          )
      )
    )
  );
}
