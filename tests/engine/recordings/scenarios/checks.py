HEAD = "import pulumi\nfrom probe import Group, Probe\nO = pulumi.ResourceOptions\nS = pulumi.Output.secret\n"
SCENARIO = [
    {
        "program": HEAD + "Probe('a', cred=['x', S('y')], fails=[{'property': 'cred', 'reason': 'bad'}])\n",
        "command": ["preview"],
        "says": ["bad", "has a problem"],
    },
    {
        "program": HEAD + "Probe('a', cred={'k': S('y'), 'n': 1}, fails=[{'property': 'cred', 'reason': 'bad'}])\n",
        "command": ["up"],
        "says": ["bad"],
    },
    {
        "program": HEAD + "Probe('a', fails=[{'property': 'absent', 'reason': 'bad'}])\n",
        "command": ["up"],
        "says": ["value {<nil>} has a problem: bad"],
    },
    {
        "program": HEAD + "Probe('a', n=1, fails=[{'property': 'n', 'reason': 'bad'}])\n",
        "command": ["up"],
        "says": ["property n value {1} has a problem: bad"],
    },
    {
        "program": HEAD + "Probe('a', n=[1, 'x', True, None], fails=[{'property': 'n', 'reason': 'bad'}])\n",
        "command": ["up"],
        "says": ["property n value {[{1} {x} {true} {<nil>}]} has a problem: bad"],
    },
    {
        "program": HEAD + "Probe('a', n={'b': 1.5, 'a': 'x'}, fails=[{'property': 'n', 'reason': 'bad'}])\n",
        "command": ["up"],
        "says": ["property n value {map[a:{x} b:{1.5}]} has a problem: bad"],
    },
    {
        "program": HEAD + "a = Probe('a')\nProbe('b', v=a.out, fails=[{'property': 'v', 'reason': 'bad'}])\n",
        "command": ["preview"],
        "says": ["bad"],
    },
    {"program": HEAD + "Probe('a', move=S({'x': 1}))\n", "command": ["up"]},
    {"program": HEAD + "Probe('a', move=S({'x': 1}))\n", "command": ["up"]},
    {"command": ["destroy"]},
]
