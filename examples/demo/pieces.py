"""The five pieces of the demo recording, each in a genre of its own."""

import random
from collections.abc import Callable

from .score import Note, Part, Piece, echo, grid, line, pitch, shift, strum, swing, tremolo

# General MIDI percussion.
KICK, STICK, SNARE, CLAP = 36, 37, 38, 39
HAT, PEDAL_HAT, OPEN_HAT = 42, 44, 46
CRASH, RIDE, TAMBOURINE = 49, 51, 54
HIGH_TOM, MID_TOM, LOW_TOM, HIGH_TIMBALE = 50, 47, 43, 65


def classical() -> Piece:
    """Return an orchestral period in D minor: a falling chain of fifths, then a cadence."""
    tune = line(
        "r/.5 A4/.5 D5/.5 E5/.5 F5/1 A5/.5 G5/.5 | Bb5/1.5 A5/.25 G5/.25 G5/1 F5/.5 E5/.5 |"
        "A5/1.5 G5/.25 F5/.25 F5/1 E5/.5 D5/.5 | G5/1.5 F5/.25 E5/.25 E5/1 D5/.5 C#5/.5 |"
        "F5/.5 A5/.5 Bb5/.5 G5/.5 F5/.25 E5/.25 D5/.5 C#5/.75 D5/.25 | D5/2.5",
        velocity=92,
        gate=1.0,
    )
    second = line(
        "D4/.5 F4/.5 A4/2 D5/2 Bb4/2 C5/2 A4/2 Bb4/2 G4/2 A4/2 Bb4/1 A4/1 G4/1 | F4/2.5",
        velocity=78,
        gate=1.0,
    )
    pulse = ["A3", "D4", "D4", "E4", "C4", "D4", "D4", "C#4", "D4", "E4"]
    inner = line(" ".join(f"{name}/.5 " * 4 for name in pulse) + "A3/2.5", 70, gate=0.85)
    bass = line(
        "D3/1 A2/1 D3/.5 E3/.5 F3/.5 D3/.5 | G3/1 D3/1 C3/.5 D3/.5 E3/.5 C3/.5 |"
        "F3/1 C3/1 Bb2/.5 C3/.5 D3/.5 Bb2/.5 | E3/1 Bb2/1 A2/.5 B2/.5 C#3/.5 A2/.5 |"
        "D3/1 G2/1 A2/1 A2/1 | D2+D3/2.5",
        velocity=88,
    )
    horns = line("r/16 A3+D4/2 A3/1 A3+C#4/1 | D3+A3/2.5", velocity=70, gate=1.0)
    timpani = tremolo(line("r/18 A2/2", velocity=60, gate=1.0), 0.125) + line("r/20 D2/2", 95)
    swell = [(0.25 * i, round(84 + 1.8 * 0.25 * i)) for i in range(84)]
    return Piece(
        "classical",
        80,
        [
            Part(48, tune, 112, 44, 80, swell=swell, loose=0.006),
            Part(40, tune, 74, 50, 80, swell=swell),
            Part(68, [n for n in tune if n.start >= 8], 76, 70, 80, swell=swell),
            Part(48, second, 100, 54, 80, swell=swell),
            Part(48, inner, 108, 76, 80, swell=swell),
            Part(42, bass, 108, 84, 70, swell=swell),
            Part(43, shift(bass, semitones=-12), 92, 90, 70, swell=swell),
            Part(60, horns, 84, 40, 90),
            Part(47, timpani, 96, 64, 90),
        ],
    )


def jazz() -> Piece:
    """Return a swing blues in F: tenor sax, piano, walking bass and brushes."""
    rng = random.Random(12)
    tune = line(
        "r/.5 A4/.5 C5/.5 D5/.5 Eb5/1 C5/.5 A4/.5 | D5/1.5 Bb4/.5 Ab4/.5 F4/.5 r/1 |"
        "r/.5 A4/.5 C5/.5 D5/.5 F5/1 Eb5/.5 C5/.5 | D5/.5 Eb5/.5 C5/.5 A4/.5 F4/.5 r/1.5 |"
        "r/.5 D5/.5 F5/.5 D5/.5 Ab5/1 F5/.5 D5/.5 | B4/.5 D5/.5 F5/.5 Ab5/.5 G5/.5 F5/.5 D5/1 |"
        "C5/1.5 A4/.5 r/.5 Eb5/.5 D5/.5 C5/.5 | F#4/.5 A4/.5 C5/.5 Eb5/.5 D5/1 r/1 |"
        "r/.5 Bb4/.5 D5/.5 F5/.5 A5/.5 G5/.5 F5/.5 D5/.5 |"
        "E5/.5 Db5/.5 Bb4/.5 G4/.5 A4/.5 Bb4/.5 B4/.5 r/.5 |"
        "C5/.5 A4/.5 F4/1 r/.5 F#4/.5 A4/.5 C5/.5 |"
        "D5/.5 Bb4/.5 A4/.5 G4/.5 E4/.5 G4/.5 Bb4/.5 C5/.5 | D5/1.8",
        velocity=92,
        gate=0.92,
    )
    # A saxophonist leans on the off-beats.
    tune = [n._replace(velocity=n.velocity + 10 * (n.start % 1 == 0.5)) for n in tune]
    walk = (
        "F2 G2 A2 C3 Bb2 C3 D3 E3 F3 Eb3 C3 A2 F2 A2 C3 B2 Bb2 D3 F3 D3 B2 D3 Ab2 B2 "
        "C3 A2 F2 Eb2 D2 F#2 A2 Ab2 G2 Bb2 D3 Db3 C3 Bb2 G2 E2 F2 A2 D3 Ab2 G2 D3 C3 E2"
    )
    bass = line(" ".join(f"{name}/1" for name in walk.split()), 98) + line("F2/2", 104, 48)
    skips = [Note(n.start + 0.5, 0.2, n.pitch, 58) for n in bass[:-1] if rng.random() < 0.16]
    voicings = {
        "F": "A3+D4+Eb4+G4", "Bb": "Ab3+C4+D4+G4", "Bo": "Ab3+B3+D4+F4", "D": "F#3+A3+C4+Eb4",
        "Gm": "F3+A3+Bb3+D4", "C": "E3+A3+Bb3+D4",
    }  # fmt: skip
    comp: list[Note] = []
    for bar, names in enumerate(
        ["F", "Bb", "F", "F", "Bb", "Bo", "F", "D", "Gm", "C", "F,D", "Gm,C"]
    ):
        chords = [voicings[name] for name in names.split(",")]
        places = (0, 2.5) if len(chords) > 1 else rng.choice([(0, 1.5), (1.5, 3.5), (1, 2.5)])
        for place, chord in zip(places, [chords[0], chords[-1]], strict=True):
            length = rng.choice((0.35, 0.4, 0.9))
            comp += line(f"{chord}/{length}", rng.randint(62, 80), 4 * bar + place)
    comp += line("Eb3+A3+D4+G4/2", 80, 48)
    drums = (
        grid(RIDE, "x. Xx x. Xx", 12, 112)
        + grid(PEDAL_HAT, ".x.x", 12, 90)
        + grid(KICK, "oooo", 12, 70)
        + grid(SNARE, ".x.x", 12, 70)
        + [Note(4 * bar + rng.choice((0.5, 1.5, 2.5, 3.5)), 0.2, SNARE, 62) for bar in range(12)]
        + line("r/46 D2/.5 D2/.5 D2/.5 D2/.5", 84)
        + [Note(48, 1, CRASH, 84), Note(48, 1, KICK, 80)]
    )
    late = 0.13
    return Piece(
        "jazz",
        174,
        [
            Part(66, swing(tune, late), 98, 58, 46, loose=0.02),
            Part(0, strum(swing(comp, late), 0.012), 112, 88, 40, loose=0.015),
            Part(32, swing(bass + skips, late), 98, 60, 24, loose=0.012),
            Part(40, swing(drums, late), 127, 50, 40, drums=True),
        ],
    )


def metal() -> Piece:
    """Return fast metal in E: galloping palm mutes, power chords, double-bass drums, a lead."""
    roots = {
        "e": "E2",
        "E": "E2",
        "F": "F2",
        "G": "G2",
        "A": "A2",
        "B": "Bb2",
        "C": "C3",
        "D": "D3",
    }
    riff = "e.eee.eee.eeG.F.e.eee.eee.eeB.A.e.eee.eee.eeG.F.C.....D.....B.F."
    anthem = "E.....E.....G.A.C.....C.....B.A.D.....D.....E.D.B.....B.....F.F."
    steps = riff + anthem + riff
    chords: list[Note] = []
    mutes: list[Note] = []
    roots_low: list[Note] = []
    for i, mark in enumerate(steps):
        if mark == ".":
            continue
        root = pitch(roots[mark])
        held = 1 + len(steps[i + 1 :]) - len(steps[i + 1 :].lstrip("."))
        muted = mark == "e"
        length = 0.13 if muted else 0.25 * held * 0.95
        power = [Note(0.25 * i, length, root + up, 96 if muted else 116) for up in (0, 7, 12)]
        chords += power
        mutes += power[:2] if muted else []
        roots_low.append(Note(0.25 * i, 0.2 if muted else length, root - 12, 108))
    chords += line("E2+B2+E3/3", 118, 48)
    roots_low += line("E1/3", 112, 48)
    lead = line(
        "E5/.5 F#5/.5 G5/.5 B5/.5 A5/.5 G5/.5 F#5/.5 G5/.5 | E5/.5 G5/.5 C6/1 B5/.5 G5/.5 E5/1 |"
        "F#5/.5 A5/.5 D6/1 C6/.5 A5/.5 F#5/1 | D5/.5 F5/.5 Bb5/1 D6/.5 F6/1.5",
        velocity=104,
        start=16,
        gate=1.0,
    )
    drums = (
        grid(KICK, "Xxxx Xxxx Xxxx Xxxx", 12, 104)
        + grid(SNARE, "....X.......X...", 4, 122)
        + grid(SNARE, "..X...X...X...X.", 4, 120, 16)
        + grid(SNARE, "....X.......X...", 3, 122, 32)
        + grid(SNARE, "X.X.X.X.XxxxXXXX", 1, 120, 44)
        + grid(OPEN_HAT, "X.x.", 3, 96)
        + grid(RIDE, "X.X.X.X.", 4, 104, 16)
        + grid(OPEN_HAT, "X.x.", 3, 96, 32)
        + grid(HIGH_TOM, "XXxx............", 1, 118, 12)
        + grid(MID_TOM, "....XXxx........", 1, 118, 12)
        + grid(LOW_TOM, "........XXxxXXxx", 1, 120, 12)
        + [Note(beat, 1, CRASH, 118) for beat in (0, 8, 16, 20, 24, 28, 32, 40, 48)]
        + [Note(48, 1, KICK, 122), Note(48, 1, SNARE, 122)]
    )
    return Piece(
        "metal",
        184,
        [
            Part(30, chords, 118, 8, 12, loose=0.008),
            Part(30, chords, 118, 120, 12, loose=0.008),
            Part(29, chords, 96, 64, 8, loose=0.008),
            Part(28, mutes, 96, 64, 8, loose=0.006),
            Part(34, roots_low, 112, 64, 4, loose=0.006),
            Part(30, tremolo(lead), 116, 70, 50, loose=0.006),
            Part(16, drums, 120, 64, 20, drums=True, loose=0.005),
        ],
    )


def reggae() -> Piece:
    """Return a one drop in A minor: off-beat guitar, bubbling organ, deep bass, horns."""
    triads = {
        "Am": ("E4+A4+C5", "A3+C4+E4", 33), "G": ("D4+G4+B4", "G3+B3+D4", 31),
        "F": ("C4+F4+A4", "F3+A3+C4", 29), "Em": ("B3+E4+G4", "G3+B3+E4", 28),
        "Dm": ("D4+F4+A4", "A3+D4+F4", 38),
    }  # fmt: skip
    skank: list[Note] = []
    bubble: list[Note] = []
    bass: list[Note] = []
    for bar, name in enumerate(["Am", "G", "Am", "G", "F", "Em", "Am", "Am", "Dm", "Em"]):
        high, low, root = triads[name]
        skank += line(f"r/1 {high}/.22 r/1.78 {high}/.22", 96, 4 * bar)
        bubble += line(f"r/.5 {low}/.3 r/.7 {low}/.3 r/.7 {low}/.3 r/.7 {low}/.3", 74, 4 * bar)
        third, fifth = (4 if name in "GF" else 3), 7
        if name == "Dm":
            third, fifth = -9, -5
        figure = ((0, 0.9, 0), (1.5, 0.4, 0), (2, 0.8, third), (3, 0.45, fifth), (3.5, 0.4, third))
        bass += [Note(4 * bar + at, n, root + up, 112) for at, n, up in figure]
    skank += line("E4+A4+C5/.4", 96, 40)
    dub = echo([n for n in skank if n.start in (7, 23, 31)], 0.75)
    horns = line(
        "r/.5 E4/.5 A4/.5 C5/1 B4/.5 A4/1 | B4/1 G4/.5 D4/1 r/1.5 |"
        "r/.5 C5/.5 C5/.5 A4/1 F4/.5 G4/.5 A4/.5 | B4/1.5 G4/.5 E4/1 r/1 |"
        "r/.5 E4/.5 A4/.5 C5/.5 E5/1 D5/.5 C5/.5 | A4/1.5 r/2.5 |"
        "r/.5 D5/.5 D5/.5 F5/1 D5/.5 A4/1 | B4/.5 B4/1 G4/.5 B4/1 r/1 | A4/.6",
        velocity=92,
        start=8,
        gate=0.9,
    )
    drums = (
        grid(KICK, "..X.", 10, 120)
        + grid(STICK, "..X.", 10, 116)
        + grid(HAT, "xoXoxoXo", 10, 112)
        + [Note(4 * bar + 3.5, 0.5, OPEN_HAT, 70) for bar in (1, 3, 5, 7)]
        + grid(HIGH_TIMBALE, "........X.xxX.X.", 1, 104, 4)
        + echo([Note(26, 0.2, STICK, 110)], 0.75)
        + grid(SNARE, "........XxxX.XXX", 1, 108, 36)
        + [Note(40, 1, CRASH, 92), Note(40, 1, KICK, 118)]
    )
    late = 0.1
    return Piece(
        "reggae",
        146,
        [
            Part(27, strum(skank, 0.02), 108, 90, 30),
            Part(0, skank, 70, 36, 30),
            Part(27, dub, 76, 30, 90),
            Part(16, swing(bubble, late), 110, 40, 24),
            Part(33, swing(bass, late) + line("A1/.9", 112, 40), 112, 64, 8),
            Part(57, swing(horns, late), 88, 52, 60, loose=0.015),
            Part(65, swing(horns, late), 84, 76, 60, loose=0.015),
            Part(0, swing(drums, late), 112, 64, 36, drums=True),
        ],
    )


def disco() -> Piece:
    """Return disco in D minor: four on the floor, octave bass, clavinet, strings and brass."""
    chords = {
        "Dm": ("A3+C4+D4+F4", "D2"), "Bb": ("A3+Bb3+D4+F4", "Bb1"), "C": ("G3+C4+D4+E4", "C2"),
        "Gm": ("Bb3+D4+F4+G4", "G1"), "A": ("G3+C#4+E4+A4", "A1"),
    }  # fmt: skip
    keys: list[Note] = []
    stabs: list[Note] = []
    bass: list[Note] = []
    for bar, name in enumerate(["Dm", "Dm", "Bb", "C", "Dm", "Gm", "Bb", "A"]):
        chord, low = chords[name]
        for at in (0, 0.75, 1.5, 2.25, 2.75, 3.5):
            keys += line(f"{chord}/.2", 88, 4 * bar + at)
        if bar % 2:
            stabs += line(f"r/2.5 {chord}/.3 r/.2 {chord}/.3", 104, 4 * bar)
        low_pitch = pitch(low)
        for i in range(8):
            up = 12 * (i % 2)
            bass.append(Note(4 * bar + i / 2, 0.32, low_pitch + up, 116 - 10 * (i % 2)))
        bass.append(Note(4 * bar + 3.75, 0.2, low_pitch + 10, 92))
    strings = line(
        "A5/1.5 F5/.5 D5/1 E5/.5 F5/.5 | G5/.5 A5/2.5 C6/.25 Bb5/.25 A5/.25 G5/.25 |"
        "F5/1.5 D5/.5 Bb4/1 C5/.5 D5/.5 | E5/.5 G5/2.5 E5/.25 F5/.25 G5/.25 G#5/.25 |"
        "A5/1.5 C6/.5 D6/2 | Bb5/1.5 A5/.5 G5/1 D5/1 | D5/.5 F5/.5 A5/1.5 G5/.5 F5/1 |"
        "E5/.5 G5/.5 C#6/1.5 A5/.25 Bb5/.25 C#6/.25 D6/.25 E6/.5 | D6/1.2",
        velocity=100,
        gate=1.0,
    )
    scratch = [
        Note(4 * bar + i / 4, 0.1, key, 96 if i % 4 == 2 else 66)
        for bar in range(8)
        for i in (0, 2, 3, 5, 6, 8, 10, 11, 13, 14)
        for key in (62, 69)
    ]
    drums = (
        grid(KICK, "XXXX", 8, 122)
        + grid(SNARE, ".X.X", 8, 112)
        + grid(CLAP, ".X.X", 8, 100)
        + grid(HAT, "X.ox" * 4, 8, 84)
        + grid(OPEN_HAT, "..X." * 4, 8, 96)
        + grid(TAMBOURINE, "oxXx" * 4, 4, 70, 16)
        + grid(SNARE, "..........xxXXXX", 1, 104, 28)
        + grid(HIGH_TOM, "............X.x.", 1, 108, 12)
        + grid(LOW_TOM, ".............x.X", 1, 108, 12)
        + [Note(beat, 1, CRASH, 104) for beat in (0, 16, 32)]
        + [Note(32, 1, KICK, 122)]
    )
    final = line("A3+D4+F4/.5", 108, 32)
    return Piece(
        "disco",
        120,
        [
            Part(48, strings, 110, 44, 60),
            Part(48, shift(strings, semitones=-12), 96, 84, 60),
            Part(7, keys + final, 84, 96, 20, loose=0.006),
            Part(28, scratch, 108, 28, 14, loose=0.006),
            Part(61, stabs + final, 92, 72, 44),
            Part(33, bass + line("D2/.8", 116, 32), 120, 64, 6, loose=0.006),
            Part(0, drums, 120, 64, 24, drums=True, loose=0.005),
        ],
    )


PIECES: tuple[Callable[[], Piece], ...] = (classical, jazz, metal, reggae, disco)
