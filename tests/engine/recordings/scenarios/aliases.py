# ruff: noqa: E501 - a program a line
HEAD = "import pulumi\nfrom probe import Group, Probe\nO = pulumi.ResourceOptions\nA = pulumi.Alias\n"
URN = "urn:pulumi:test::conf::pulumi-python:dynamic/conformance:Probe::"
SCENARIO = [
    {
        "program": HEAD
        + "g = Group('old')\na = Probe('old-a', opts=O(parent=g))\nb = Probe('b', v=a.out, opts=O(parent=a))\nc = Probe('c', opts=O(depends_on=[b]))\n",
        "command": ["up"],
    },
    {
        "program": HEAD
        + "g = Group('new', opts=O(aliases=[A(name='old')]))\na = Probe('new-a', opts=O(parent=g))\nb = Probe('b', v=a.out, opts=O(parent=a))\nc = Probe('c', opts=O(depends_on=[b]))\n",
        "command": ["preview"],
    },
    {"command": ["up"]},
    {
        "program": HEAD
        + f"g = Group('new')\na = Probe('a', opts=O(aliases=[A(name='new-a', parent=g)]))\nb = Probe('b', v=a.out, opts=O(parent=g, aliases=[A(parent=a)]))\nc = Probe('d', opts=O(aliases=['{URN}c']))\n",
        "command": ["up"],
    },
    # What fails the deployment comes last, here and below: what it stops of the rest is decided by time alone.
    {
        "program": HEAD
        + "g = Group('new')\na = Probe('a')\nb = Probe('b', v=a.out, opts=O(aliases=[A(parent=g)]))\nx = Probe('x', opts=O(aliases=[A(name='d')]))\ny = Probe('y', opts=O(aliases=[A(name='d')], depends_on=[b, x]))\n",
        "command": ["up"],
        "says": ["Duplicate resource alias"],
    },
    {
        "program": HEAD + "a = Probe('a')\nb = Probe('a', opts=O(depends_on=[a]))\n",
        "command": ["up"],
        "says": ["Duplicate resource URN"],
    },
    {
        "program": HEAD
        + "g = Group('g2', opts=O(aliases=[A(name='new')]))\na = Probe('a', opts=O(parent=g, aliases=[A(no_parent=True)]))\nb = Probe('b', opts=O(parent=g, aliases=[A(name='b')]))\n",
        "command": ["up"],
    },
    # The engine deletes what does not depend on each other in any order, whatever runs at once: so not together.
    {"command": ["destroy", "--target", f"{URN}x"]},
    {"command": ["destroy"], "ordered": True},
]
