HEAD = "import pulumi\nfrom probe import Group, Probe\nO = pulumi.ResourceOptions\n"
SCENARIO = [
    {"program": HEAD + "a = Probe('a', key='1', label='a1', fail_delete=True)\n", "command": ["up"]},
    {"program": HEAD + "a = Probe('a', key='2', label='a2')\n", "command": ["up"], "says": ["delete refused"]},
    {"command": ["up"], "says": ["delete refused"]},
    {"command": ["preview"]},
    {"command": ["destroy"], "says": ["delete refused"]},
    {"command": ["up"], "says": ["delete refused"]},
    {"env": {"PROBE_LET_DELETE": "1"}, "command": ["up"]},
    {"program": HEAD + "a = Probe('a', key='3', label='a3', fail_delete=True)\n", "command": ["up"]},
    {"program": HEAD + "a = Probe('a', key='4', label='a4')\n", "command": ["up"]},
    {"program": HEAD, "command": ["up"]},
    {"env": {"PROBE_LET_DELETE": "1"}, "command": ["destroy"]},
]
