# ruff: noqa: E501 - a program a line
HEAD = "import pulumi\nfrom pulumi.dynamic import DiffResult, Resource\nfrom probe import ProbeProvider, note\nO = pulumi.ResourceOptions\nS = pulumi.Output.secret\n\nclass Unsure(ProbeProvider):\n    def __reduce__(self):\n        return (type(self), ())\n    def diff(self, id_, olds, news):\n        note('diff', id=id_, olds=olds, news=news)\n        return DiffResult()\n\nclass U(Resource, module='conformance', name='Unsure'):\n    def __init__(self, name, opts=None, **props):\n        super().__init__(Unsure(), name, {'out': None, 'label': name, **props}, opts)\n\n"
SCENARIO = [
    {
        "program": HEAD
        + "U('a', v=1)\nU('b', v={'x': [1]}, opts=O(replace_on_changes=['v']))\nU('c', v=1, opts=O(ignore_changes=['v']))\nU('s', v='x')\n",
        "command": ["up"],
    },
    {"command": ["up"]},
    {
        "program": HEAD
        + "U('a', v=2)\nU('b', v={'x': [2]}, opts=O(replace_on_changes=['v']))\nU('c', v=2, opts=O(ignore_changes=['v']))\nU('s', v=S('x'))\n",
        "command": ["preview"],
    },
    {"command": ["up"]},
    {
        "program": HEAD
        + "U('a', v=2, opts=O(replace_on_changes=['*']))\nU('b', v={'x': [3]}, opts=O(replace_on_changes=['v.x']))\nU('c', v=3)\n",
        "command": ["up"],
    },
    {"env": {"PROBE_DRIFT": '{"a": {"v": 9}, "c": {"out": "x", "only_outputs": true}}'}, "command": ["refresh"]},
    {"command": ["up"]},
    {
        "program": HEAD + "U('a', v=4, opts=O(replace_on_changes=['*'], delete_before_replace=True))\n",
        "command": ["up"],
    },
    {"command": ["destroy"]},
]
