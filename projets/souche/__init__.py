"""Work on one enemy's file in a process of its own, born in a few milliseconds. Framework-free; knows no kind of file.

Starting an interpreter and importing lxml or Pillow costs ten times the reading of a file. So a *souche* (stock) does it once:
a process started by ``exec`` with an almost empty environment, that holds nothing of the web process (no descriptor, no
secret, no connection), never reads a file itself, and forks one limited child per file. ``client.confier`` is the door.
"""
