// SPDX-License-Identifier: Apache-2.0 OR MIT
// One finding: the words first, then the tables as pictures, then what the engine did, then how to run it again.

function factList(finding) {
  const list = h('dl', {class: 'facts'});
  for (const fact of finding.facts) {
    list.append(h('dt', {}, fact.name), h('dd', {}, fact.value));
  }
  if (!finding.facts.length) list.append(h('dt', {}, 'what'), h('dd', {}, finding.what || finding.headline));
  return list;
}

// A picture is an image: nothing in it can run.
function pictures(finding) {
  const names = ['What the dead kernel built', 'What the engine had made when it broke'];
  return finding.pictures.map((svg, i) => h(
      'figure', {class: 'picture'},
      h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': names[i]},
        h('img', {alt: names[i] + ', as a tree from the root to the pages', loading: 'lazy',
                  src: 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(svg)}))));
}

// Steps of the scenario stand to the left; what the engine did is indented under them.
function traceLine(text) {
  const line = text.replace(' build/linux-', ' linux-');  // a folder of the machine that it ran on
  if (line.startsWith('  ->')) return h('mark', {}, line);
  if (/^ {12}/.test(line)) return h('span', {class: 'dim'}, line);
  return h('b', {}, line);
}

// A long trace is a window of its own: it opens at the line that broke.
function showMark(finding) {
  const mark = finding.open && finding.querySelector('mark');
  const room = mark && mark.closest('pre');
  if (room) room.scrollTop = mark.offsetTop - room.offsetTop - room.clientHeight * 2 / 3;
}

function badge(finding) {
  const kind = finding.headline.split(' ')[0];
  const stopped = finding.headline.startsWith('libFuzzer: ') ? finding.headline.slice(11) : 'crash';  // timeout, out-of-memory
  return h('span', {class: 'badge bad'}, /^[A-Z]+$/.test(kind) ? kind.toLowerCase() : stopped);
}

// The input itself lies where it was found; whoever only has this page has the scenario.
function scenarioBlock(finding) {
  const scenario = finding.draft || finding.scenario;
  if (!scenario) return null;
  const file = finding.cluster + '.vtd';
  const command = ['vtdfuzz check', finding.engine === 'ours' ? null : '--engine ' + finding.engine,
                   finding.hunt ? '--hunt ' + finding.hunt : null, file].filter(Boolean).join(' ');
  return [
    block(finding.draft ? 'Scenario, as a draft regression' : 'Scenario', scenario, null, file),
    h('p', {class: 'dim'}, 'Saved, it runs wherever vtdfuzz is built: ', h('code', {}, command))
  ];
}

function findingView(finding) {
  const name = finding.headline.replace(/^(BROKEN|CRASH) /, '');
  return h(
      'details', {class: 'finding', id: finding.cluster, toggle: (event) => showMark(event.target)},
      h('summary', {}, badge(finding), h('span', {class: 'finding-name'}, name),
        finding.reproduced ? null : h('span', {class: 'badge warning'}, 'not reproduced'),
        h('span', {class: 'dim finding-where'},
          [finding.call ? 'during ' + finding.call : null, finding.place, finding.target, plural(finding.inputs, 'input', 'inputs')].filter(Boolean).join(' · '))),
      h('div', {class: 'finding-body'},
        factList(finding),
        pictures(finding),
        finding.trace ? block('What happened: steps of the scenario, and under them what the engine did', finding.trace,
                              traceLine) : null,
        block('Replay', finding.replay),
        scenarioBlock(finding),
        finding.rest ? h('details', {class: 'rest'}, h('summary', {}, 'Everything else that the target said'),
                         h('pre', {tabindex: '0'}, finding.rest)) : null,
        h('p', {class: 'dim'}, 'Input ' + finding.artifact + ', cluster ' + finding.cluster)));
}

function findingsSection(data) {
  const found = data.findings.map(findingView);
  const gone = data.gone.map((g) => h('li', {}, h('b', {}, g.headline), g.place ? ' at ' + g.place : '',
                                      h('span', {class: 'dim'}, ', last found by ' + g.last)));
  return section(
      'findings', 'Findings',
      found.length ? found : h('p', {class: 'dim'}, data.targets.length ? 'None.' : 'No fuzzing in these runs.'),
      gone.length ? h('div', {}, h('h3', {}, 'Found before, and not by the latest run'), h('ul', {}, gone)) : null);
}

// A link to a finding opens it.
function openNamedFinding() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named && named.tagName === 'DETAILS') named.open = true;
}
