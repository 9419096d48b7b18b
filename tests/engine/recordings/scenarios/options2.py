# ruff: noqa: E501 - a program a line
HEAD = (
    "import pulumi\nfrom probe import Group, Probe, Provider\nO = pulumi.ResourceOptions\nT = pulumi.CustomTimeouts\n"
)
SCENARIO = [
    {
        "program": HEAD
        + "Probe('i', deep={'a': [1, {'b': 1, 'c': 1}], 'x': 1}, w=1, opts=O(ignore_changes=['deep.a[1].b', 'deep[\"x\"]', 'absent']))\nProbe('j', l=[1, 2], m={'a': 1, 'b': 2}, opts=O(ignore_changes=['l[*]', 'm.*']))\nProbe('t', opts=O(custom_timeouts=T(create='5m', update='1h30m', delete='1.5s')))\n",
        "command": ["up"],
    },
    {
        "program": HEAD
        + "Probe('i', deep={'a': [1, {'b': 2, 'c': 1}], 'x': 2}, w=1, opts=O(ignore_changes=['deep.a[1].b', 'deep[\"x\"]', 'absent']))\nProbe('j', l=[3, 4, 5], m={'a': 9, 'c': 3}, opts=O(ignore_changes=['l[*]', 'm.*']))\nProbe('t', opts=O(custom_timeouts=T(create='6m')))\n",
        "command": ["up"],
    },
    {
        "program": HEAD
        + "Probe('i', deep={'a': [1, {'b': 3, 'c': 2}], 'x': 2}, w=1, absent=1, opts=O(ignore_changes=['deep.a[1].b', 'deep[\"x\"]', 'absent']))\nProbe('j', l=5, m=[1], opts=O(ignore_changes=['l[*]', 'm.*']))\nProbe('t')\n",
        "command": ["up"],
    },
    {
        "program": HEAD
        + "g = Group('g', opts=O(protect=True, retain_on_delete=True))\nProbe('p', key='1', opts=O(parent=g))\nProbe('q', opts=O(parent=g, protect=False))\nProbe('r', key='1', opts=O(retain_on_delete=True))\n",
        "command": ["up"],
    },
    # What fails the deployment comes last: what it stops of the rest is decided by time alone.
    {
        "program": HEAD
        + "g = Group('g', opts=O(protect=True, retain_on_delete=True))\nr = Probe('r', key='2', opts=O(retain_on_delete=True))\nProbe('p', key='2', opts=O(parent=g, depends_on=[r]))\n",
        "command": ["preview"],
        "says": ["protect"],
    },
    {"command": ["up"], "says": ["protect"]},
    {"command": ["destroy"], "says": ["protect"]},
    {"program": HEAD + "g = Group('g')\nProbe('p', key='2', opts=O(parent=g))\n", "command": ["up"]},
    {
        "program": HEAD
        + "e = Provider('e', {'k:a': '1'})\ng = Group('g', opts=O(providers=[e]))\nProbe('p', key='2', opts=O(parent=g))\n",
        "env": {"PROBE_CONFIG": "k:a"},
        "command": ["up"],
    },
    {
        "program": HEAD
        + "x = Probe('x', key='1')\ne = Provider('e', {'k:a': x.out})\nProbe('y', v=1, opts=O(provider=e))\n",
        "env": {"PROBE_CONFIG": "k:a"},
        "command": ["preview"],
    },
    {"env": {"PROBE_CONFIG": "k:a"}, "command": ["up"]},
    {
        "program": HEAD
        + "x = Probe('x', key='2')\ne = Provider('e', {'k:a': x.id})\nProbe('y', v=2, opts=O(provider=e))\n",
        "env": {"PROBE_CONFIG": "k:a"},
        "command": ["preview"],
    },
    {"env": {"PROBE_CONFIG": "k:a"}, "command": ["up"]},
    {"program": HEAD + "y = Probe('y', v=2)\n", "env": {"PROBE_CONFIG": "k:a"}, "command": ["up"]},
    {"command": ["destroy"]},
]
