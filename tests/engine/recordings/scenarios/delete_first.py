# ruff: noqa: E501 - a program a line
HEAD = "import pulumi\nfrom probe import Group, Probe\nO = pulumi.ResourceOptions\n"
CHAIN = "a = Probe('a', key='{k}', delete_first=True)\nb = Probe('b', key=a.id)\nc = Probe('c', key=b.id)\nd = Probe('d', key=c.id)\ne = Probe('e', v=d.id)\nf = Probe('f', opts=O(depends_on=[a]))\n"
SCENARIO = [
    {"program": HEAD + CHAIN.format(k="1"), "command": ["up"]},
    {"program": HEAD + CHAIN.format(k="2"), "command": ["preview"]},
    {"command": ["up"], "ordered": True},
    {"program": HEAD + CHAIN.format(k="3").replace("key=b.id", "key=b.id, fail_create='no'"), "command": ["up"]},
    {"program": HEAD + CHAIN.format(k="3"), "command": ["up"]},
    {
        "program": HEAD
        + CHAIN.format(k="4").replace("d = Probe('d', key=c.id)", "d = Probe('d', key='own', opts=O(depends_on=[c]))"),
        "command": ["up"],
    },
    {
        "program": HEAD
        + CHAIN.format(k="5").replace("c = Probe('c', key=b.id)", "c = Probe('c', key=b.id, opts=O(protect=True))"),
        "command": ["up"],
    },
    {"program": HEAD + CHAIN.format(k="6"), "command": ["preview"]},
    {"program": HEAD + "a = Probe('a', key='6', delete_first=True)\n", "command": ["up"]},
    {"program": HEAD + "a = Probe('a', key='7', delete_first=True, fail_create='no')\n", "command": ["up"]},
    {"command": ["destroy"]},
]
