#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the shipped alert rules and the dashboard refer to, held against the table of families.

references.py check FAMILIES RULES DASHBOARD OUT   complaints; OUT gets every expression as a rule, for promtool
references.py matchers RULES DASHBOARD             each label="value" that they name, one a line
FAMILIES is what `tidegate metrics families -o plain` says.
"""
import json
import re
import sys

FAMILY = re.compile(r'\b(tidegate_[a-z_]+)\b(?:\{([^}]*)\})?')
MATCHER = re.compile(r'([a-zA-Z_]+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')
TARGET = {'job', 'instance'}
GRAFANA = {'$__rate_interval': '5m', '$__range': '1h', '$job': '.*', '$instance': '.*'}
SHOWN = {'row', 'stat', 'timeseries', 'heatmap'}


def families(path):
    table = {}
    for line in open(path, encoding='ascii'):
        name, kind, labels, _ = line.rstrip('\n').split('\t')
        table[name] = (kind, set(filter(None, labels.split(','))))
    return table


def block(lines, at, indent):
    """The words of a folded scalar behind line 'at'."""
    words = []
    for line in lines[at + 1:]:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        words.append(line.strip())
    return ' '.join(words)


def rules(path):
    """(place, expression) of each alert: this file keeps to `expr: ...` and `expr: >-`."""
    found, name = [], '?'
    lines = open(path, encoding='ascii').read().split('\n')
    for i, line in enumerate(lines):
        text = line.strip()
        if text.startswith('- alert:'):
            name = text.split(':', 1)[1].strip()
        elif text == 'expr: >-':
            found.append((name, block(lines, i, len(line) - len(line.lstrip()))))
        elif text.startswith('expr:'):
            found.append((name, text[5:].strip()))
    return found


def dashboard(path):
    with open(path, encoding='ascii') as f:
        return json.load(f)


def panel_targets(board):
    for panel in board['panels']:
        for target in panel.get('targets', []):
            yield panel['title'], target['expr']
    for note in board['annotations']['list']:
        yield 'annotation ' + note['name'], note['expr']


def judge_reference(table, name, matchers):
    base = re.sub(r'_(bucket|sum|count)$', '', name)
    kind, labels = table.get(name, (None, set()))
    if kind is None and table.get(base, (None,))[0] == 'histogram':
        kind, labels = 'histogram', {'le'} if name.endswith('_bucket') else set()
    elif kind == 'histogram':
        return [name + ' is a histogram: it has no series of that very name']
    if kind is None:
        return ['there is no family ' + name]
    return [f'{name} has no label {label}' for label, _, _ in MATCHER.findall(matchers or '')
            if label not in labels | TARGET]


def judge_expression(table, expression):
    found = FAMILY.findall(expression)
    complaints = [] if found else ['it refers to no family of ours']
    for name, matchers in found:
        complaints += judge_reference(table, name, matchers)
    return complaints


def covers(panel):
    g = panel['gridPos']
    return {(x, y) for x in range(g['x'], g['x'] + g['w']) for y in range(g['y'], g['y'] + g['h'])}


def judge_panel(panel, taken):
    place = covers(panel)
    if panel['type'] not in SHOWN:
        yield 'is of the unknown type ' + panel['type']
    if place & taken or any(x > 23 for x, _ in place) or not place:
        yield 'lies on another one, or beside the grid'
    taken |= place
    if panel['type'] == 'row':
        return
    if panel['datasource'] != {'type': 'prometheus', 'uid': '${datasource}'}:
        yield 'does not ask the chosen data source'
    if not panel.get('description') or not panel.get('targets'):
        yield 'has no description, or asks nothing'
    if not panel['fieldConfig']['defaults'].get('unit') and panel['type'] != 'heatmap':
        yield 'has no unit'
    refs = [t['refId'] for t in panel.get('targets', [])]
    if len(set(refs)) != len(refs):
        yield 'has two targets of one name'
    if any(t['datasource'] != panel['datasource'] for t in panel.get('targets', [])):
        yield 'has a target with a data source of its own'


def judge_dashboard(board):
    variables = [v['name'] for v in board['templating']['list']]
    if board['uid'] != 'tidegate' or board['id'] is not None:
        yield 'dashboard: its uid is not "tidegate", or it has an id'
    if not isinstance(board['schemaVersion'], int) or board['schemaVersion'] < 36:
        yield 'dashboard: a schemaVersion of before Grafana 9'
    if variables != ['datasource', 'job', 'instance'] or board['templating']['list'][0]['type'] != 'datasource':
        yield f'dashboard: its variables are {variables}'
    if '__inputs' in board or '__requires' in board:
        yield 'dashboard: it is an export that asks at import'
    ids = [p['id'] for p in board['panels']]
    if len(set(ids)) != len(ids):
        yield 'dashboard: two panels have one id'
    taken = set()
    for panel in board['panels']:
        for complaint in judge_panel(panel, taken):
            yield f"panel '{panel['title']}' {complaint}"


def put_rules(expressions, path):
    with open(path, 'w', encoding='ascii') as out:
        out.write('groups:\n- name: dashboard\n  rules:\n')
        for i, (_, expression) in enumerate(expressions):
            for word, value in GRAFANA.items():
                expression = expression.replace(word, value)
            out.write(f'  - record: dashboard:{i}\n    expr: {json.dumps(expression)}\n')


def check(families_path, rules_path, board_path, out):
    table, board = families(families_path), dashboard(board_path)
    asked = list(panel_targets(board))
    complaints = list(judge_dashboard(board))
    for place, expression in rules(rules_path) + asked:
        complaints += [f'{place}: {c}' for c in judge_expression(table, expression)]
    put_rules(asked, out)
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


def matchers(rules_path, board_path):
    told = set()
    for _, expression in rules(rules_path) + list(panel_targets(dashboard(board_path))):
        for name, inside in FAMILY.findall(expression):
            for label, how, value in MATCHER.findall(inside):
                if label in TARGET or how != '=~' and how != '=':
                    continue
                told |= {(name, f'{label}="{v}"') for v in (value.split('|') if how == '=~' else [value])}
    for name, matcher in sorted(told):
        print(name, matcher)
    return 0


if __name__ == '__main__':
    sys.exit({'check': check, 'matchers': matchers}[sys.argv[1]](*sys.argv[2:]))
