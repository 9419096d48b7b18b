HEAD = "import pulumi\nfrom probe import Group, Probe\nO = pulumi.ResourceOptions\n"
SCENARIO = [
    {"program": HEAD + "a = Probe('a', v=1)\nb = Probe('b', v=a.out)\n", "command": ["up"]},
    {"program": HEAD + "a = Probe('a', v=1, opts=O(id='id-a'))\nb = Probe('b', v=a.out)\n", "command": ["up"]},
    {"program": HEAD + "a = Probe('a', v=1, opts=O(id='other'))\nb = Probe('b', v=a.out)\n", "command": ["up"]},
    {"command": ["refresh"]},
    {"env": {"PROBE_DRIFT": '{"a": {"v": 9}}'}, "command": ["refresh"]},
    {"env": {"PROBE_DRIFT": '{"a": "gone"}'}, "command": ["refresh"]},
    {"program": HEAD + "a = Probe('a', v=1, opts=O(id='third'))\nb = Probe('b', v=a.out)\n", "command": ["up"]},
    {"program": HEAD + "a = Probe('a', v=2)\nb = Probe('b', v=a.out)\n", "command": ["preview"]},
    {"command": ["up"]},
    {"program": HEAD + "a = Probe('a', v=2, opts=O(id='fourth'))\nb = Probe('b', v=a.out)\n", "command": ["up"]},
    {"program": HEAD + "b = Probe('b', v=1)\nd = Probe('d', opts=O(import_='abc'))\n", "command": ["preview"]},
    {"program": HEAD + "b = Probe('b', v=1)\nc = Probe('c', opts=O(id=b.id))\n", "command": ["preview"]},
    {"command": ["up"]},
    {"program": HEAD + "b = Probe('b', key='9')\nc = Probe('c', opts=O(id=b.id))\n", "command": ["preview"]},
    {"program": HEAD + "b = Probe('b', v=1)\nd = Probe('d', opts=O(import_='abc'))\n", "command": ["up"]},
    {"command": ["destroy"]},
]
