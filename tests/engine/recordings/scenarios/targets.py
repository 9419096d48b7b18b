HEAD = "import pulumi\nfrom probe import Group, Probe\nO = pulumi.ResourceOptions\n"
URN = "urn:pulumi:test::conf::pulumi-python:dynamic/conformance:Probe::"
P = HEAD + "a = Probe('a', v={v})\nb = Probe('b', v=a.out, w={v})\nc = Probe('c', v={v})\n"
SCENARIO = [
    {"program": P.format(v=1), "command": ["up", "--target", URN + "a"]},
    {"command": ["up", "--target", URN + "b"]},
    {"command": ["up"]},
    {"program": P.format(v=2), "command": ["preview", "--target", URN + "c"]},
    {"command": ["up", "--target", "**::c"]},
    {"command": ["up", "--target", URN + "nosuch"], "says": ["could not be found in the stack"]},
    {"command": ["refresh", "--target", URN + "a"]},
    {"command": ["refresh", "--target", URN + "nosuch"]},
    {"program": P.format(v=3) + "d = Probe('d', v=c.out)\n", "command": ["up", "--target", URN + "d"]},
    {
        "program": P.format(v=3) + "n = Probe('n')\nd = Probe('d', v=n.out)\n",
        "command": ["preview", "--target", URN + "d"],
        "says": ["not specified in --target list"],
    },
    {"command": ["up", "--target", URN + "d"], "says": ["not specified in --target list"]},
    {"command": ["destroy", "--target", URN + "a"], "says": ["not specified in --target list"]},
    {"command": ["destroy", "--target", URN + "d"]},
    {"program": HEAD + "a = Probe('a', v=3)\n", "command": ["up", "--target", URN + "a"]},
    {"command": ["up", "--replace", URN + "a"]},
    {"command": ["up", "--replace", URN + "nosuch"]},
    {"command": ["destroy"]},
]
