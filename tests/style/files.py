"""The project's own text files: what the style checks read."""
import os

REPO = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = ["client", "deploy", "include", "proto", "server", "tests"]
SKIPPED = {"node_modules", "__pycache__", "gen", "dist", "seeds_h1", "seeds_json", "seeds_net", "seeds_pb",
           "seeds_rule"}


def files(*endings, folders=None):
    """Paths below REPO with one of the endings, in order; with none: all of them and those at the top."""
    # .git is a file in a linked work tree, and no text of ours.
    found = [] if endings else [n for n in os.listdir(REPO)
                                if n != ".git" and os.path.isfile(os.path.join(REPO, n))]
    for folder in folders or FOLDERS:
        for at, below, names in os.walk(os.path.join(REPO, folder)):
            # proto/gen holds our generator, the others' gen what was generated.
            below[:] = [b for b in below if b not in SKIPPED or (b == "gen" and folder == "proto")]
            found += [os.path.relpath(os.path.join(at, n), REPO) for n in names if not endings or n.endswith(endings)]
    return sorted(found)


def read(path):
    """The text of a file; "" for one that is no text."""
    with open(os.path.join(REPO, path), "rb") as file:
        raw = file.read()
    try:
        return "" if b"\0" in raw else raw.decode()
    except UnicodeDecodeError:
        return ""


def report(problems, n_files):
    """Prints the problems; the exit status."""
    for problem in problems:
        print(problem)
    print("%d files, %d problems" % (n_files, len(problems)))
    return 1 if problems or n_files == 0 else 0
