# ruff: noqa: E501 - a program a line
HEAD = "import os, pulumi\nfrom probe import Group, Probe, Provider\nO = pulumi.ResourceOptions\nS = pulumi.Output.secret\n"
P = (
    HEAD
    + "p = Provider('eu', {{'k:token': S(os.environ['TOK'])}})\ng = Group('g')\na = Probe('a', v={v}, opts=O(provider=p, parent=g))\nb = Probe('b', v=a.out)\ng.register_outputs({{'o': a.out}})\npulumi.export('o', b.out)\n"
)
KEYS = {"PROBE_CONFIG": "k:token"}
SCENARIO = [
    {"program": P.format(v=1), "env": {**KEYS, "TOK": "1"}, "command": ["up"]},
    {"env": {**KEYS, "TOK": "2"}, "command": ["refresh", "--run-program"]},
    {
        "env": {**KEYS, "TOK": "3", "PROBE_DRIFT": '{"a": {"v": 9}, "b": "gone"}'},
        "command": ["refresh", "--run-program"],
    },
    {"env": {**KEYS, "TOK": "4"}, "command": ["preview", "--refresh", "--run-program"]},
    {"env": {**KEYS, "TOK": "5"}, "command": ["up", "--refresh", "--run-program"]},
    {
        "program": P.format(v=2) + "c = Probe('c', v=1)\n",
        "env": {**KEYS, "TOK": "6"},
        "command": ["refresh", "--run-program"],
    },
    {"env": {**KEYS, "TOK": "6", "PROBE_DRIFT": '{"b": "gone"}'}, "command": ["up", "--refresh", "--run-program"]},
    {
        "program": P.format(v=3) + "d = Probe('d', v=1)\ne = Probe('e', v=d.out)\n",
        "env": {**KEYS, "TOK": "7"},
        "command": ["destroy", "--run-program"],
        "ordered": True,
    },
]
