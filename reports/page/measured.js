// SPDX-License-Identifier: Apache-2.0 OR MIT
// The sections of what was measured: growth, properties, reach, coverage, mutants, oracles, trend, the runs themselves.

// --- growth -------------------------------------------------------------------------------------------------------
function growthPlots(target) {
  const samples = target.growth;
  const points = (key) => samples.map((s) => ({x: s.second, y: s[key]}));
  const last = samples[samples.length - 1];
  const found = samples.filter((s, i) => s.findings > (i ? samples[i - 1].findings : 0));
  const x = {title: {display: true, text: 'seconds'}};
  const coverage = [{label: 'edges', points: points('coverage'), ink: 'accent'}];
  if (found.length)
    coverage.push({label: 'a finding', points: found.map((s) => ({x: s.second, y: s.coverage})), ink: 'bad', marks: true});
  return [
    linePlot('Coverage', count(last.coverage) + ' edges after ' + duration(last.second), coverage, x),
    linePlot('Corpus', plural(last.corpus, 'input', 'inputs') + ' and ' + plural(last.features, 'feature', 'features'),
             [{label: 'inputs', points: points('corpus'), ink: 'accent'}], x),
    linePlot('Executions', count(last.executions) + ' in all',
             [{label: 'executions', points: points('executions'), ink: 'accent'}], x),
    linePlot('Executions per second', count(last.executions / last.second) + ' on the whole',
             [{label: 'per second', points: points('rate'), ink: 'accent'}], x)
  ];
}

function growthSection(data) {
  const grown = data.targets.filter((t) => t.growth.length);
  if (!grown.length) return unmeasured('growth', 'Growth');
  return section('growth', 'Growth',
                 grown.map((t) => [h('h3', {}, t.target), h('div', {class: 'plots pairs'}, growthPlots(t))]));
}

// --- properties ---------------------------------------------------------------------------------------------------
function propertiesSection(data) {
  const targets = data.targets.filter((t) => t.properties.length);
  if (!targets.length) return unmeasured('properties', 'Properties');
  const rows = new Map();
  for (const target of targets)
    for (const p of target.properties) {
      if (!rows.has(p.name)) rows.set(p.name, {...p, by: {}});
      rows.get(p.name).by[target.target] = p;
    }
  const most = Math.max(1, ...targets.flatMap((t) => t.properties.map((p) => p.evaluations)));
  const evaluations = (target) => ({
    title: targets.length === 1 ? 'Evaluations' : target,
    number: true,
    value: (row) => row.by[target] ? row.by[target].evaluations : null,
    cell: (row) => evaluationCell(row.by[target], most)
  });
  const columns = [
    {title: 'Property', value: (row) => row.name,
     cell: (row) => h('div', {}, h('code', {}, row.name), row.meaning ? h('div', {class: 'dim'}, row.meaning) : null)},
    {title: 'Group', minor: true, value: (row) => row.group},
    {title: 'Section', minor: true, value: (row) => row.section || '–'},
    ...targets.map((t) => evaluations(t.target))
  ];
  return section('properties', 'Properties',
                 h('p', {class: 'dim'}, 'How often each was really evaluated; bars are logarithmic. S§ is a section of the Intel VT-d ' +
                     'specification (D51397, revision 5.10), other names are files of the project.'),
                 dataTable('properties', columns, [...rows.values()],
                           {rowClass: (row) => Object.values(row.by).some(isMissed) ? 'alarm' : null}));
}

function isMissed(p) {
  return p.expected && p.evaluations === 0;
}

function evaluationCell(p, most) {
  if (!p) return '–';
  if (!p.expected && p.evaluations === 0) return h('span', {class: 'dim'}, 'not of this target');
  if (p.evaluations === 0) return h('span', {class: 'badge bad'}, 'never');
  return bar(Math.log1p(p.evaluations) / Math.log1p(most), count(p.evaluations));
}

// --- generator reach ----------------------------------------------------------------------------------------------
// 0 never, then one step for each two powers of ten.
function heat(times) {
  return times === 0 ? 0 : Math.min(5, 1 + Math.floor(Math.log10(times) / 1.5));
}

// N05 means nothing to who does not know the catalogue: what a feature is comes first.
function reachTile(feature) {
  const told = feature.reached ? count(feature.reached) : feature.produced ? 'produced ' + count(feature.produced) : 'never';
  const missed = !feature.reached && !feature.reason;
  return h('li', {class: 'tile heat-' + heat(feature.reached) + (missed ? ' missed' : ''),
                  title: feature.name + (feature.what ? ', ' + feature.what : '') + ': produced ' + count(feature.produced) + ', reached a property ' +
                      count(feature.reached) + (feature.reason ? '; ' + feature.reason : '')},
           h('span', {class: 'tile-name'}, feature.what || feature.reason || feature.name),
           h('span', {class: 'tile-count'}, feature.reason && !feature.reached ? 'cannot' : told));
}

function reachSection(data) {
  if (!data.reach) return unmeasured('reach', 'Generator reach');
  const features = data.reach.features;
  const groups = [...new Set(features.map((f) => f.group))];
  const legend = ['never', '1', '30', '1 k', '30 k', '1 M'].map(
      (text, i) => h('li', {class: 'tile heat-' + i}, i ? 'from ' + text : text));
  const columns = [
    {title: 'Feature', value: (f) => f.name + ' ' + (f.what || ''),
     cell: (f) => h('div', {}, h('code', {}, f.name), f.what ? h('div', {class: 'dim'}, f.what) : null)},
    {title: 'Group', minor: true, value: (f) => f.group},
    {title: 'Produced', number: true, minor: true, value: (f) => f.produced, cell: (f) => count(f.produced)},
    {title: 'Reached', number: true, value: (f) => f.reached, cell: (f) => count(f.reached)},
    {title: 'Why not', value: (f) => f.reason || ''}
  ];
  return section(
      'reach', 'Generator reach',
      h('p', {class: 'dim'}, 'How often a machine with this feature came as far as a property. Outlined: never.'),
      h('ul', {class: 'tiles legend', 'aria-label': 'Legend'}, legend),
      groups.map((group) => [h('h3', {}, group),
                             h('ul', {class: 'tiles'}, features.filter((f) => f.group === group).map(reachTile))]),
      h('details', {}, h('summary', {}, 'As a table'), dataTable('features', columns, features)));
}

// --- coverage of the engine ---------------------------------------------------------------------------------------
function covered(part) {
  return part.count ? part.covered / part.count : null;
}

function coverageColumn(title, key) {
  return {
    title,
    number: true,
    value: (file) => covered(file[key]),
    cell: (file) => file[key].count ?
        bar(covered(file[key]), percent(file[key].covered, file[key].count), covered(file[key]) === 1 ? 'good' : '') :
        '–'
  };
}

function coverageSection(data) {
  if (!data.coverage) return unmeasured('coverage', 'Coverage of the engine');
  const {files, total} = data.coverage;
  const missed = (file) => file.lines.count - file.lines.covered;
  const columns = [
    {title: 'Source', value: (file) => file.name,
     cell: (file) => file.page ? h('a', {href: 'coverage/' + encodeURI(file.page)}, file.name) : file.name},
    coverageColumn('Lines', 'lines'), coverageColumn('Functions', 'functions'), coverageColumn('Branches', 'branches'),
    {title: 'Lines missed', number: true, value: missed, cell: (file) => count(missed(file))}
  ];
  return section(
      'coverage', 'Coverage of the engine',
      h('p', {}, 'Of ' + plural(files.length, 'source', 'sources') + ': ' +
          ['lines', 'functions', 'branches'].filter((key) => total[key].count)
              .map((key) => key + ' ' + percent(total[key].covered, total[key].count)).join(', ') + '.'),
      dataTable('sources', columns, files));
}

// --- mutants ------------------------------------------------------------------------------------------------------
const BUCKETS = [0.1, 1, 10, 60];

// Solved only when every trial killed it; the time is the median of the trials.
function isSolved(kills) {
  return kills.of > 0 && kills.killed === kills.of && kills.cpu_median !== null;
}

function bucketOf(kills) {
  const found = isSolved(kills) ? BUCKETS.findIndex((limit) => kills.cpu_median <= limit) : -1;
  return found < 0 ? BUCKETS.length : found;
}

function strategyNames(mutants) {
  return [...new Set(mutants.flatMap((m) => m.strategies.map((s) => s.strategy)))];
}

function killsOf(mutant, strategy) {
  return mutant.strategies.find((s) => s.strategy === strategy) || null;
}

function bucketPlot(mutants, names) {
  const inks = ['good', 'heat-4', 'heat-3', 'heat-2', 'bad'];
  const labels = [...BUCKETS.map((b) => 'within ' + b + ' s'), 'not by every trial'];
  const times = (name, bucket) =>
      mutants.filter((m) => killsOf(m, name) && bucketOf(killsOf(m, name)) === bucket).length;
  const said = names.map((name) => name + ': ' + mutants.filter((m) => killsOf(m, name) && isSolved(killsOf(m, name))).length +
                                  ' of ' + mutants.filter((m) => killsOf(m, name)).length + ' by every trial').join('; ');
  return plot('Mutants by CPU time to kill', said, () => ({
    type: 'bar',
    data: {
      labels: names,
      datasets: labels.map((label, bucket) => ({
        label, data: names.map((name) => times(name, bucket)), backgroundColor: colour(inks[bucket]), barPercentage: 0.7
      }))
    },
    options: {
      indexAxis: 'y',
      scales: {x: axis('mutants', {stacked: true}), y: {stacked: true, grid: {display: false}}},
      plugins: {legend: {position: 'bottom', labels: {boxWidth: 12, boxHeight: 12}}}
    }
  }));
}

function powerOfTen(value) {
  return Number.isInteger(Math.round(1e6 * Math.log10(value)) / 1e6) ? String(value) : '';
}

// How many are dead after so much time: mutants that a trial did not kill keep the line from the top.
function killPlot(mutants, names) {
  const inks = ['accent', 'warning', 'good', 'bad'];
  const series = names.map((name, i) => {
    const all = mutants.map((m) => killsOf(m, name)).filter(Boolean);
    const times = all.filter(isSolved).map((k) => Math.max(1e-4, k.cpu_median)).sort((a, b) => a - b);
    return {label: name, ink: inks[i % inks.length], stepped: 'before',
            points: times.map((t, n) => ({x: t, y: 100 * (n + 1) / all.length}))};
  });
  return linePlot('Share of mutants killed by every trial', 'over the median CPU seconds to kill, logarithmic', series,
                  {type: 'logarithmic', title: {display: true, text: 'CPU seconds'}, ticks: {callback: powerOfTen}},
                  {max: 100, title: {display: true, text: '%'}});
}

function mutantColumns(names) {
  const times = (name) => ({
    title: name,
    number: true,
    value: (m) => killsOf(m, name) && killsOf(m, name).cpu_median,
    cell: (m) => {
      const kills = killsOf(m, name);
      if (!kills) return '–';
      const text = kills.killed + ' of ' + kills.of;
      return h('span', {title: kills.by.map((b) => b.property + ' ' + b.times).join(', ')},
               kills.cpu_median === null ? '–' : duration(kills.cpu_median),
               h('span', {class: kills.killed === kills.of ? 'dim' : 'ink-bad'}, ' ' + text));
    }
  });
  return [
    {title: 'Mutant', value: (m) => m.id + ' ' + m.name,
     cell: (m) => h('div', {}, h('code', {}, m.id), ' ', m.name,
                    h('div', {class: 'dim'}, m.file + (m.line ? ':' + m.line : '') + (m.operator ? ' · ' + m.operator : '')),
                    m.reason ? h('div', {class: 'dim'}, m.reason) : null)},
    {title: 'Kind', minor: true, value: (m) => m.kind},
    {title: 'Status', value: (m) => m.status,
     cell: (m) => h('span', {class: 'badge ' + ({killed: 'good', survived: 'bad'}[m.status] || '')}, m.status)},
    ...names.map(times)
  ];
}

function mutantsSection(data) {
  if (!data.mutants) return unmeasured('mutants', 'Mutants');
  const {mutants, budget} = data.mutants;
  const names = strategyNames(mutants);
  const order = {survived: 0, killed: 1, equivalent: 2};
  const rows = [...mutants].sort((a, b) => (order[a.status] ?? 3) - (order[b.status] ?? 3));
  const told = Object.entries(budget).map(([key, value]) => key.replace(/_/g, ' ') + ' ' +
                                          (typeof value === 'object' ? JSON.stringify(value) : value));
  return section('mutants', 'Mutants',
                 h('p', {class: 'dim'}, 'Planted mistakes, and the time until a property noticed. ' +
                     (told.length ? 'Budget: ' + told.join(', ') + '.' : '')),
                 names.length ? h('div', {class: 'plots'}, bucketPlot(mutants, names), killPlot(mutants, names)) : null,
                 dataTable('mutants', mutantColumns(names), rows));
}

// --- oracles ------------------------------------------------------------------------------------------------------
function oraclesSection(data) {
  if (!data.oracles) return unmeasured('oracles', 'Other oracles');
  return section('oracles', 'Other oracles', data.oracles.oracles.map((o) => h(
      'div', {class: 'oracle'}, h('h3', {}, o.name), h('p', {class: 'dim'}, o.what),
      h('p', {}, plural(o.probes, 'probe', 'probes') + ', ' + plural(o.differences, 'difference', 'differences') + ', ',
        h('span', {class: 'badge ' + (o.unexplained ? 'bad' : 'good')}, count(o.unexplained) + ' unexplained')),
      o.explained.length ? dataTable('differences of ' + o.name, [
        {title: 'Explained by', value: (d) => d.deviation},
        {title: 'Reference', minor: true, value: (d) => d.reference},
        {title: 'Times', number: true, value: (d) => d.times, cell: (d) => count(d.times)}
      ], o.explained) : null)));
}

// --- trend and runs -----------------------------------------------------------------------------------------------
function trendPlots(target) {
  const points = (key) => target.history.map((run, i) => ({x: i + 1, y: run[key]})).filter((p) => p.y !== null);
  const ticks = {ticks: {stepSize: 1, callback: (value) => Number.isInteger(value) ? value : ''},
                 title: {display: true, text: 'run'}};
  const said = plural(target.history.length, 'run', 'runs') + ', the latest on the right';
  return [['Executions per CPU-second', 'per_cpu_second'], ['Coverage, edges', 'coverage'], ['Findings', 'findings']].map(
      ([title, key]) => linePlot(title, said, [{label: title, points: points(key), ink: 'accent', dots: true}], ticks));
}

function runColumns() {
  const number = (title, key) => ({title, number: true, value: (r) => r[key], cell: (r) => count(r[key])});
  return [
    {title: 'Run', value: (r) => r.run, cell: (r) => h('span', {class: 'whole'}, r.run)},
    {title: 'Began', value: (r) => r.began || '', cell: (r) => h('span', {class: 'whole'}, time(r.began))},
    number('Seconds', 'seconds'), number('Jobs', 'jobs'), number('Executions', 'executions'),
    number('Per CPU-second', 'per_cpu_second'), number('Edges', 'coverage'), number('Corpus', 'corpus'),
    number('Findings', 'findings'),
    {title: 'End', value: (r) => !r.finished ? 'killed' : r.interrupted ? 'interrupted' : r.clean ? 'clean' : 'not clean'}
  ];
}

function trendSection(data) {
  const told = data.targets.filter((t) => t.history.length > 1);
  if (!told.length) return unmeasured('trend', 'Trend', 'No earlier run of the same target was given.');
  return section('trend', 'Trend',
                 told.map((t) => [h('h3', {}, t.target), h('div', {class: 'plots'}, trendPlots(t))]));
}

function verdictBar(target) {
  const all = target.verdicts.reduce((sum, v) => sum + v.times, 0);
  if (!all) return null;
  return h('ul', {class: 'verdicts'}, target.verdicts.map((v) => h('li', {}, bar(
      v.times / all, v.name + ' ' + percent(v.times, all), {held: 'good', rejected: '', spent: ''}[v.name] ?? 'bad'))));
}

function runsSection(data) {
  if (!data.targets.length) return unmeasured('runs', 'Runs', 'No fuzzing in these runs.');
  return section('runs', 'Runs', data.targets.map((t) => [
    h('h3', {}, t.target),
    t.troubles.length ? h('ul', {class: 'troubles'}, t.troubles.map((text) => h('li', {}, text))) : null,
    verdictBar(t),
    dataTable('runs of ' + t.target, runColumns(), [...t.history].reverse())
  ]));
}
