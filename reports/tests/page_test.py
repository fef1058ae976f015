#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""reports/tests/page_test.py VTDFUZZ [--pictures DIR]: the report page in a real browser, and the other files as their readers take them.

Makes a run with hostile names, reports it with the program given, and uses the page as a person does: opens it, sorts,
filters, expands a finding, follows a link, with keyboard alone, on a phone, in the dark. Needs the Debian packages
chromium, chromium-driver, python3-selenium, python3-jsonschema, libxml2-utils. --pictures keeps screenshots.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile
import unittest
import urllib.parse

import jsonschema
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

HOSTILE = '</script><img src=x onerror="document.title=\'broken out\'">'
MESSAGE = f"""! BROKEN id_fits_the_unit
  meaning   {HOSTILE}
  what      an id {HOSTILE}
  where     unit 0, device 00:00.6, IOVA 0x0
  expected  0x0
  got       0x1

      4  attach source=01:00.6
            alloc 0x3001c000                                        engine/host.cpp:22
  ->        [0x3000e060] = 0x3001c001                               engine/context.cpp:110

  replay    vtdfuzz check crash-1
  draft     corpus/regressions/NAME-WHAT-IT-SHOWS.vtd
    vtd 1
    # {HOSTILE}
    takeover
"""
OPTIONS = argparse.Namespace(program=None, pictures=None, sarif_schema=None)


def finding(headline, message):
    return {'headline': headline, 'message': message, 'artifact': HOSTILE, 'replay': 'vtdfuzz check crash-1', 'inputs': 2}


def properties_of(program):
    listed = json.loads(subprocess.run([program, 'properties', '--json'], capture_output=True, check=True).stdout)
    return {p['name']: 10**i % 7919 for i, p in enumerate(listed['properties'])}


def write_runs(folder, program):
    """Three runs of one target; everything that can be measured beside the last."""
    for day in (1, 2, 3):
        run = folder / f'run-{day}'
        run.mkdir(parents=True)
        summary = {'target': 'takeover_fuzzer', 'engine': 'linux-6.1', 'engine_is': HOSTILE, 'hunt': '0001', 'began': f'2026-04-0{day}T00:00:00Z', 'seconds': 60, 'jobs': 2,
                   'executions': 100000 * day, 'cpu_seconds': 100.5, 'coverage': 1000 + day, 'features': 5, 'corpus': 7,
                   'verdicts': {'held': 70000, 'rejected': 30000}, 'properties': properties_of(program),
                   'findings': [finding('BROKEN id_fits_the_unit', MESSAGE), finding(HOSTILE, HOSTILE)]}
        (run / 'run.json').write_text(json.dumps(summary))
        (run / 'growth.jsonl').write_text(''.join(
            json.dumps({'second': s, 'executions': s * 1700, 'rate': 1700, 'coverage': 900 + s, 'features': s, 'corpus': s,
                        'findings': s // 30}) + '\n' for s in range(60)))
    last = folder / 'run-3'
    (last / 'reach.json').write_text(json.dumps({'features': [
        {'group': group, 'name': f'N{i:02}', 'what': f'{HOSTILE} {i}', 'produced': 10**i, 'reached': 0 if i == 3 else 10**i // 2}
        for group in ('levels', 'fault reasons') for i in range(7)],
        'unreachable': [{'group': 'levels', 'name': 'N99', 'why': HOSTILE}]}))
    kills = {'killed': 30, 'of': 30, 'cpu_seconds': {'median': 0.25, 'mean_restricted': 0.3}, 'executions': {'median': 9},
             'by': {'id_fits_the_unit': 30}}
    (last / 'mutants.json').write_text(json.dumps({'budget': {'cpu_seconds': 60}, 'mutants': [
        {'id': f'B{i:02}', 'kind': 'known', 'name': HOSTILE, 'file': 'engine/map.cpp', 'line': i, 'operator': 'constant',
         'status': 'survived' if i == 9 else 'killed', 'strategies': {'ours': kills, 'bytes': dict(kills, killed=i % 31)}}
        for i in range(60)]}))
    (last / 'oracles.json').write_text(json.dumps({'oracles': [
        {'name': HOSTILE, 'what': 'w', 'probes': 9, 'differences': 2, 'unexplained': 1,
         'explained': [{'deviation': HOSTILE, 'count': 1, 'reference': 'r'}]}]}))
    part = {'count': 200, 'covered': 199}
    (last / 'coverage.json').write_text(json.dumps({'data': [{
        'files': [{'filename': '/build/engine/map.cpp', 'summary': {'lines': part, 'functions': part, 'branches': part}}],
        'totals': {'lines': part, 'functions': part, 'branches': part}}]}))
    (last / 'html' / 'engine').mkdir(parents=True)
    (last / 'html' / 'engine' / 'map.cpp.html').write_text('<!doctype html><title>map.cpp</title>')


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        folder = pathlib.Path(cls.temporary.name)
        write_runs(folder / 'runs', OPTIONS.program)
        cls.report = folder / 'report'
        subprocess.run([OPTIONS.program, 'report', *sorted((folder / 'runs').iterdir()), '-o', cls.report, '--format',
                        'html,junit,sarif,openpbt,markdown'], check=True, stdout=subprocess.DEVNULL)
        options = webdriver.ChromeOptions()
        for argument in ('--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--window-size=1280,900'):
            options.add_argument(argument)
        options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
        service = webdriver.chrome.service.Service('/usr/bin/chromedriver')
        cls.browser = webdriver.Chrome(options=options, service=service)

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()
        cls.temporary.cleanup()

    def setUp(self):
        self.screen(1280, 900, dark=False)
        self.browser.get(f'file://{self.report}/index.html')

    def tearDown(self):
        self.assertEqual(self.browser.get_log('browser'), [], 'the console has errors')
        self.assertEqual(self.browser.title in ('vtdfuzz report', 'map.cpp'), True, 'a name became markup')

    def screen(self, width, height, dark):
        media = [{'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}]
        self.browser.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': media})
        self.browser.execute_cdp_cmd('Emulation.setDeviceMetricsOverride',
                                     {'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': width < 600})

    def keep_picture(self, name):
        if OPTIONS.pictures:
            OPTIONS.pictures.mkdir(parents=True, exist_ok=True)
            self.browser.save_screenshot(str(OPTIONS.pictures / f'{name}.png'))

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector):
        return [element.text for element in self.browser.find_elements(By.CSS_SELECTOR, selector)]

    def script(self, text):
        return self.browser.execute_script('return ' + text)

    def test_conclusions_come_first_the_worst_on_top(self):
        self.assertEqual(self.texts('h2')[:2], ['Conclusions', 'Findings'])
        self.assertIn('2 findings in 300,000 executions', self.texts('.conclusions li')[0])
        self.keep_picture('desktop')

    def test_nothing_is_fetched(self):
        self.assertEqual(self.script('performance.getEntriesByType("resource").map((e) => e.name)'
                                     '.filter((name) => !name.startsWith("data:"))'), [])

    def test_hostile_names_are_shown_as_they_are(self):
        self.assertEqual(self.script('document.querySelectorAll("img[src=x]").length'), 0)
        self.assertIn(HOSTILE, self.find('#mutants').text)
        self.assertIn(HOSTILE, self.find('#oracles').text)
        self.assertIn('linux-6.1: ' + HOSTILE, self.find('header').text)
        self.assertEqual(len(self.texts('#reach .missed')), 4)
        self.assertEqual(self.find('#reach .tile[title^=N99] .tile-count').text, 'cannot')

    def test_every_plot_is_drawn(self):
        self.script('document.querySelectorAll("canvas").forEach((c) => c.scrollIntoView())')
        blank = self.script('[...document.querySelectorAll("canvas")].filter((c) => !new Uint32Array('
                            'c.getContext("2d").getImageData(0, 0, c.width, c.height).data.buffer).some(Boolean)).length')
        self.assertEqual(blank, 0)
        self.assertGreaterEqual(len(self.browser.find_elements(By.CSS_SELECTOR, 'canvas')), 9)

    def test_a_table_is_sorted(self):
        heads = self.browser.find_elements(By.CSS_SELECTOR, '#properties th')
        heads[-1].find_element(By.TAG_NAME, 'button').click()
        self.assertEqual(heads[-1].get_attribute('aria-sort'), 'descending')
        values = [int(v.replace(',', '')) for v in self.texts('#properties td.number')]
        self.assertEqual(values, sorted(values, reverse=True))
        self.assertGreater(values[0], values[-1])
        heads[-1].find_element(By.TAG_NAME, 'button').click()
        self.assertLess(int(self.texts('#properties td.number')[0].replace(',', '')), values[0])

    def test_a_table_is_filtered(self):
        self.find('#mutants input').send_keys('b09 survived')
        self.assertEqual(len(self.texts('#mutants tbody tr')), 1)
        self.assertEqual(self.find('#mutants [role=status]').text, '1 of 60')
        self.find('#mutants input').send_keys(Keys.CONTROL, 'a', Keys.DELETE)
        self.assertEqual(len(self.texts('#mutants tbody tr')), 40)
        self.find('#mutants .more').click()
        self.assertEqual(len(self.texts('#mutants tbody tr')), 60)

    def test_a_finding_expands(self):
        body = self.find('.finding .finding-body')
        self.assertFalse(body.is_displayed())
        self.find('.finding summary').click()
        self.assertTrue(body.is_displayed())
        for words in ('attach source=01:00.6', 'vtdfuzz check crash-1', 'expected', '# ' + HOSTILE):
            self.assertIn(words, body.text)
        self.assertIn('engine/context.cpp:110', self.find('.finding mark').text)
        self.keep_picture('finding')

    def test_a_scenario_can_be_saved(self):
        self.find('.finding summary').click()
        link = self.find('.finding a[download]')
        self.assertRegex(link.get_attribute('download'), r'^id_fits_the_unit-[0-9a-f]+\.vtd$')
        saved = urllib.parse.unquote(link.get_attribute('href').split(',', 1)[1])
        self.assertTrue(saved.startswith('vtd 1\n# ' + HOSTILE), saved)
        self.assertIn('vtdfuzz check --engine linux-6.1 --hunt 0001 ' + link.get_attribute('download'), self.find('.finding').text)

    def test_a_link_to_a_finding_opens_it(self):
        name = self.find('.finding').get_attribute('id')
        self.script(f'location.hash = "{name}"')
        self.assertTrue(self.find('.finding .finding-body').is_displayed())

    def test_the_keyboard_is_enough(self):
        reached = set()
        for _ in range(200):
            self.browser.switch_to.active_element.send_keys(Keys.TAB)
            reached.add(self.script('document.activeElement.closest("section, nav") && '
                                    'document.activeElement.closest("section, nav").id'))
        self.assertLessEqual({'nav', 'conclusions', 'findings', 'properties', 'coverage', 'mutants', 'runs'}, reached)
        self.find('.finding summary').send_keys(Keys.ENTER)
        self.assertTrue(self.find('.finding .finding-body').is_displayed())

    def test_a_phone_shows_it_without_scrolling_sideways(self):
        self.screen(390, 844, dark=False)
        self.find('.finding summary').click()
        self.assertLessEqual(self.script('document.documentElement.scrollWidth'), 390)
        self.keep_picture('phone')

    def test_dark_screens_get_dark_pages(self):
        self.screen(1280, 900, dark=True)
        colour = self.script('getComputedStyle(document.body).backgroundColor')
        self.assertLess(sum(int(c) for c in colour[4:-1].split(',')), 150)
        self.keep_picture('dark')

    def test_the_annotated_source_is_linked(self):
        self.find('#coverage td a').click()
        self.assertEqual(self.browser.title, 'map.cpp')

    def test_sarif_is_valid(self):
        schema = json.loads(OPTIONS.sarif_schema.read_text(encoding='utf-8-sig'))
        validator = jsonschema.validators.validator_for(schema)(schema)
        results = json.loads((self.report / 'results.sarif').read_text())
        self.assertEqual([error.message for error in validator.iter_errors(results)], [])
        results['runs'][0]['results'][0]['level'] = 'a level that is none'
        self.assertNotEqual(list(validator.iter_errors(results)), [])

    def test_junit_is_well_formed(self):
        subprocess.run(['xmllint', '--noout', self.report / 'junit.xml'], check=True)
        failures = subprocess.run(['xmllint', '--xpath', 'string(//testsuite/@failures)', self.report / 'junit.xml'],
                                  check=True, capture_output=True, text=True).stdout.strip()
        self.assertEqual(failures, '2')


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('program', type=pathlib.Path)
    parser.add_argument('--sarif-schema', type=pathlib.Path, required=True)
    parser.add_argument('--pictures', type=pathlib.Path)
    OPTIONS = parser.parse_args()
    OPTIONS.program = OPTIONS.program.resolve()
    unittest.main(argv=['page_test.py'])
