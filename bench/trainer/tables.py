"""The report: tables in Markdown, printed as they grow and kept in a file, one section a table."""
import os
import re
import time


class Tables:
    """A section that is measured again replaces the one of that title; the others stay, each with the conditions of its own run."""

    def __init__(self, path, machine, name="Trainer beside plain PyTorch", maker="bench/trainer/bench.py"):
        self.path, self.machine, self.title = path, machine, None
        self.head = f"# {name}\n\nMade by `{maker}`; README.md says how. ÷ is ours divided by theirs.\n\n"
        old = path.read_text() if path.exists() else ""
        self.sections = {title: body.rstrip() + "\n\n" for title, body in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", old, re.M | re.S)}

    def begin(self, title, conditions, *columns):
        self.title = title
        day = time.strftime("%Y-%m-%d")
        self.lines = [f"{conditions}", "", f"{day}, {self.machine}", "", f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
        print(f"\n## {title}\n\n" + "\n".join(self.lines), flush=True)

    def row(self, *cells):
        self.add("| " + " | ".join(f"{cell:,.0f}" if isinstance(cell, float) else str(cell) for cell in cells) + " |")

    def say(self, text):
        self.add("")
        self.add(text)

    def add(self, line):
        self.lines.append(line)
        print(line, f"   (load {os.getloadavg()[0]:.1f})" if line else "", flush=True)
        self.sections[self.title] = "\n" + "\n".join(self.lines) + "\n\n"
        self.path.write_text(self.head + "".join(f"## {title}\n{body}" for title, body in self.sections.items()).rstrip() + "\n")
