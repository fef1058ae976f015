// SPDX-License-Identifier: Apache-2.0 OR MIT
// Puts the page together: what it comes to on top, then a section for each thing that can be measured.

const SECTIONS = [
  ['findings', 'Findings', findingsSection], ['growth', 'Growth', growthSection],
  ['properties', 'Properties', propertiesSection], ['reach', 'Reach', reachSection],
  ['coverage', 'Coverage', coverageSection], ['mutants', 'Mutants', mutantsSection],
  ['oracles', 'Oracles', oraclesSection], ['trend', 'Trend', trendSection], ['runs', 'Runs', runsSection]
];

// Not by colour alone.
const LEVEL_SIGNS = {bad: '✗', warning: '!', good: '✓', note: '·', unknown: '?'};

function conclusionsSection(data) {
  return section('conclusions', 'Conclusions', h('ul', {class: 'conclusions'}, data.conclusions.map((c) => h(
      'li', {class: 'level-' + c.level},
      h('span', {class: 'sign', role: 'img', 'aria-label': c.level}, LEVEL_SIGNS[c.level]),
      h('a', {href: '#' + c.section}, c.text)))));
}

// Once each, however many targets drove it.
function enginesTested(data) {
  const said = data.targets.map((t) => t.engine + (t.engine_is ? ': ' + t.engine_is : '') +
                                        (t.hunt ? '; known findings that count here: ' + t.hunt : ''));
  return [...new Set(said)].map((text) => h('p', {}, 'Under test: ', h('b', {}, text)));
}

function header(data) {
  const newest = data.targets.map((t) => t.figures).sort((a, b) => (a.began || '') < (b.began || '') ? 1 : -1)[0];
  const sum = (key) => data.targets.reduce((total, t) => total + t.figures[key], 0);
  const figures = data.targets.length ? [
    ['executions', count(sum('executions'))], ['findings', count(data.findings.length)],
    ['evaluations', compact.format(sum('evaluations'))],
    ['per second', count(data.targets.reduce((total, t) => total + t.figures.per_second, 0))]
  ] : [];
  return [
    h('div', {class: 'title'}, h('h1', {}, 'vtdfuzz'),
      h('p', {class: 'dim'}, [data.targets.map((t) => t.target).join(', '), newest ? time(newest.began) : null,
                              newest ? newest.version : null].filter(Boolean).join(' · ')),
      enginesTested(data)),
    h('dl', {class: 'figures'}, figures.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))))
  ];
}

function showPage() {
  const data = JSON.parse(document.getElementById('data').textContent);
  document.getElementById('top').append(...header(data));
  document.getElementById('nav').append(
      h('ul', {}, SECTIONS.map(([id, title]) => h('li', {}, h('a', {href: '#' + id}, title)))));
  document.getElementById('main').replaceChildren(conclusionsSection(data), ...SECTIONS.map(([, , make]) => make(data)));
  startPlots();
  addEventListener('hashchange', openNamedFinding);
  openNamedFinding();
}

showPage();
