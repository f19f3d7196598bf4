"""What the web process, the souche and its children say to each other.

The web process gives the souche, over a pair of sockets, an order of fixed length and one end of another pair: the channel.
The child that the souche forks says ``PRET`` on the channel, reads the file to its end, answers with ``REPONSE`` and the bytes.
"""

import json
import struct
from dataclasses import asdict, dataclass

PRET = b"+"
REPONSE = struct.Struct(">BQ")  # code, length of what follows
MEMOIRE, ERREUR = 254, 255  # codes that no gesture gives: out of memory, any exception (the traceback follows)
LONGUEUR = 256


@dataclass(frozen=True)
class Ordre:
    """Run ``module.traiter(octets) -> (code, bytes)`` in ``memoire`` (bytes), ``secondes`` of processor, ``delai`` by the clock."""

    module: str
    memoire: int
    secondes: int
    delai: float

    def coder(self) -> bytes:
        message = json.dumps(asdict(self)).encode()
        if len(message) > LONGUEUR:
            raise ValueError("ordre trop long")
        return message.ljust(LONGUEUR)

    @classmethod
    def decoder(cls, message: bytes) -> "Ordre":
        return cls(**json.loads(message))
