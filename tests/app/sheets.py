"""Models that several tests of the application open: small, folded, long and wide ones."""

DATA = """[inputs]
x = 2.0
[targets]
t = 1.0
[parameters]
w = 3.0
"""
#: One equation beside the loss.
SMALL = f"""format = 1
equations = '''
y = w*x
L = (y - t)**2
'''
{DATA}"""
#: A function that is called twice: two folds, `cell#1` and `cell#2`.
CELLS = f"""format = 1
equations = '''
def cell(a, b):
    c = a*b
    d = tanh(c)
    return d + a
y = cell(x, w)
z = cell(y, w)
L = (z - t)**2
'''
{DATA}"""
#: A recurrence of twelve time steps, which is folded when it is opened.
LONG = """format = 1
equations = '''
for t in range(1, 13):
    h[t] = tanh(w*h[t-1])
L = h[12]**2
'''
[inputs]
h = {0 = 0.3}
[parameters]
w = 0.8
"""


def wide(nodes: int) -> str:
    """A model of that many nodes side by side: `h0`, `h1`, …, all of one input, all summed in the loss."""
    lines = "\n".join(f"h{k} = tanh({k + 2}*x)" for k in range(nodes))
    total = " + ".join(f"h{k}" for k in range(nodes))
    return f"format = 1\nequations = '''\n{lines}\nL = {total}\n'''\n[inputs]\nx = 1.0\n"
