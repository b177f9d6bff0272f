"""Which alerts of RULES fire on metrics that a host printed: these, and no other.

usage: alert_rules.py RULES [--frozen] MINUTES=FILE... [-- ALERT[,LABEL=VALUE]...]

Each FILE is what is scraped from the host for so many minutes. Meanwhile the ages of its timestamps stay the same; with
--frozen they grow, as where the file is not written any more. promtool does the rest.
"""
import json
import re
import subprocess
import sys
import tempfile

SAMPLE = re.compile(r'^([a-z_]+)(?:\{(.*)\})? (\S+)$')


def samples(path):
    """{series: value}, with the labels that a scrape adds; and when the file was made."""
    found = {}
    for line in open(path, encoding='utf-8'):
        if line.startswith('#'):
            continue
        name, labels, value = SAMPLE.match(line.rstrip('\n')).groups()
        # To Prometheus an empty label is none.
        kept = [label for label in (labels or '').split(',') if label and not label.endswith('=""')]
        found['%s{%s}' % (name, ','.join(kept + ['instance="host"', 'job="node"']))] = float(value)
    made = next(value for series, value in found.items() if series.startswith('eni_routes_metrics_timestamp_seconds'))
    return found, made


def series_of(scrapes, is_frozen):
    """promtool's input: of each series a value for each minute."""
    minutes = [(found, made, minute) for minute, (found, made) in enumerate(scrapes)]
    result = []
    for name in sorted({name for found, _ in scrapes for name in found}):
        values = []
        for found, made, minute in minutes:
            value = found.get(name)
            if value is not None and '_timestamp_seconds{' in name:
                value += (0 if is_frozen else 60 * minute) - made
            values.append('_' if value is None else '%.6f' % value)
        result.append({'series': name, 'values': ' '.join(values)})
    return result


def firing(words):
    """Of the labels those alone that tell one alert of a host from another."""
    name, *labels = words.split(',')
    pairs = dict([label.split('=', 1) for label in labels], alertname=name, alertstate='firing')
    return {'labels': '{%s}' % ','.join('%s="%s"' % pair for pair in sorted(pairs.items())), 'value': 1}


def main():
    words = sys.argv[2:]
    wanted = words[words.index('--') + 1:] if '--' in words else []
    words = words[:words.index('--')] if '--' in words else words
    scrapes = []
    for minutes, path in (word.split('=', 1) for word in words if word != '--frozen'):
        scrapes += [samples(path)] * int(minutes)
    assert scrapes and any(len(found) > 20 for found, _ in scrapes), 'no metrics'
    test = {'rule_files': [sys.argv[1]], 'evaluation_interval': '1m', 'tests': [{
        'interval': '1m', 'input_series': series_of(scrapes, '--frozen' in words),
        'promql_expr_test': [{'expr': 'sum by (alertname, alertstate, interface, by) (ALERTS{alertstate="firing"})',
                              'eval_time': '%dm' % (len(scrapes) - 1),
                              'exp_samples': [firing(alert) for alert in wanted]}]}]}
    with tempfile.NamedTemporaryFile('w', suffix='.yml') as file:
        json.dump(test, file)
        file.flush()
        sys.exit(subprocess.run(['promtool', 'test', 'rules', file.name], check=False).returncode)


main()
