# ruff: noqa: E501 - a program a line
HEAD = "import pulumi\nfrom probe import Group, Probe\nO = pulumi.ResourceOptions\n"
SCENARIO = [
    {
        "program": HEAD
        + "g = Group('g')\na = Probe('a', opts=O(parent=g))\nh = Group('h', opts=O(parent=g))\nb = Probe('b', opts=O(parent=h))\nc = Probe('c', opts=O(depends_on=[g]))\nd = Probe('d', opts=O(parent=c))\ng.register_outputs({'a': a.out})\nh.register_outputs({})\n",
        "command": ["up"],
    },
    {"command": ["preview"]},
    {
        "program": HEAD
        + "g = Group('g')\na = Probe('a', opts=O(parent=g))\nc = Probe('c', opts=O(depends_on=[g]))\ng.register_outputs({'a': a.id})\n",
        "command": ["up"],
        "ordered": True,
    },
    {"env": {"PROBE_DRIFT": '{"c": "gone", "a": "gone"}'}, "command": ["refresh"]},
    {
        "program": HEAD
        + "class G2(pulumi.ComponentResource):\n    def __init__(self, n, opts=None):\n        super().__init__('other:index:G2', n, None, opts)\ng = G2('g', opts=O(aliases=[pulumi.Alias(type_='conformance:index:Group')]))\na = Probe('a', opts=O(parent=g))\ng.register_outputs({})\n",
        "command": ["up"],
    },
    {
        "program": HEAD + "a = Probe('a', fail_create='x')\nb = Probe('b', v=a.out)\npulumi.export('k', 1)\n",
        "command": ["up"],
    },
    {"program": HEAD + "pulumi.export('k', 1)\npulumi.export('m', 2)\n", "command": ["up"]},
    {"program": HEAD + "pulumi.export('m', 3)\nraise KeyError('x')\n", "command": ["up"], "says": ["Traceback"]},
    {"program": HEAD + "import sys\nProbe('z')\nsys.exit(3)\n", "command": ["up"]},
    {"program": HEAD + "import sys\nProbe('z')\npulumi.export('m', 4)\nsys.exit(0)\n", "command": ["up"]},
    {"command": ["destroy"], "ordered": True},
]
