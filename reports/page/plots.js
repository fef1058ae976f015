// SPDX-License-Identifier: Apache-2.0 OR MIT
// Plots by Chart.js in the page's colours; made anew when the reader's screen turns dark or light.

const plots = [];

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
}

// `make` answers the settings of Chart.js; it is called when the colours change, too. `said` is the plot in words.
function plot(title, said, make) {
  const canvas = h('canvas', {role: 'img', 'aria-label': title + ': ' + said});
  plots.push({canvas, make, chart: null});
  return h('figure', {class: 'plot'}, h('figcaption', {}, title), h('div', {class: 'plot-room'}, canvas),
           h('p', {class: 'dim said'}, said));
}

function drawPlots() {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 11;
  Chart.defaults.color = colour('dim');
  Chart.defaults.borderColor = colour('line');
  Chart.defaults.animation = false;
  Chart.defaults.maintainAspectRatio = false;
  for (const each of plots) {
    if (each.chart) each.chart.destroy();
    each.chart = new Chart(each.canvas, each.make());
  }
}

function startPlots() {
  drawPlots();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawPlots);
}

const compact = new Intl.NumberFormat('en-US', {notation: 'compact', maximumSignificantDigits: 3});

function axis(title, more) {
  return {
    title: {display: Boolean(title), text: title},
    grid: {color: colour('line'), drawBorder: false},
    ticks: {maxTicksLimit: 6, callback: (value) => compact.format(value)},
    ...more
  };
}

// One or more lines over numbers. Series: {label, points: [{x, y}], ink, stepped, dots}.
function linePlot(title, said, series, x, y) {
  return plot(title, said, () => ({
    type: 'line',
    data: {
      datasets: series.map((s) => ({
        label: s.label,
        data: s.points,
        borderColor: colour(s.ink),
        backgroundColor: colour(s.ink),
        borderWidth: 2,
        pointRadius: s.dots || s.points.length === 1 ? 3 : 0,
        pointHitRadius: 8,
        stepped: s.stepped || false,
        showLine: !s.marks,
        pointStyle: s.marks ? 'triangle' : 'circle',
        ...(s.marks ? {pointRadius: 6} : {})
      }))
    },
    options: {
      parsing: false,
      interaction: {mode: 'nearest', axis: 'x', intersect: false},
      scales: {x: axis('', {type: 'linear', ...x}), y: axis('', {beginAtZero: true, ...y})},
      plugins: {legend: {display: series.length > 1, labels: {boxWidth: 14, boxHeight: 2}}}
    }
  }));
}
