# ruff: noqa: E501 - a program a line
HEAD = "import pulumi\nfrom probe import Group, Probe\nO = pulumi.ResourceOptions\nS = pulumi.Output.secret\n"
P = (
    HEAD
    + """a = Probe('a', f=1.5, big=2**40, neg=-3, zero=0, t=True, n=None, e={}, l=[], s='', u='\\u00e9\\u2028', nested=[[S(1), 2], {'a': None, 'b': S({'c': [S('x')]})}])
g = Group('g')
b = Probe('b', ref=a, comp=g, both=[a, {'x': a.nested}], all=pulumi.Output.all(a.out, S('sec'), a.id))
c = Probe('c', v=b.both, w=a.nested[1], opts=O(additional_secret_outputs=['v', 'nosuch', 'id']))
pulumi.export('ref', a)
pulumi.export('x', {'n': a.nested, 'f': a.f, 'big': a.big, 'l': [None, b.ref]})
"""
)
SCENARIO = [
    {"program": P, "command": ["preview"]},
    {"command": ["up"], "never_in_clear": ["sec"]},
    {"command": ["up"]},
    {"command": ["preview", "--refresh"]},
    {"program": P.replace("f=1.5", "f=2"), "command": ["preview"]},
    {"command": ["up"]},
    {"env": {"PROBE_DRIFT": '{"a": {"nested": [[1, 2], {"b": {"c": ["y"]}}]}}'}, "command": ["refresh"]},
    {
        "program": HEAD + "a = Probe('a', nested=[[1]])\npulumi.export('x', a.nested)\nraise pulumi.RunError('stop')\n",
        "command": ["up"],
        "says": ["stop"],
    },
    {"program": HEAD + "a = Probe('a', nested=[[1]])\n", "command": ["up"]},
    {"command": ["destroy"]},
]
