"""What stands in two sets of clips at once, so that figures on the one would flatter."""

from genred_train.collection.clips import Clips


def shared_recordings(a: Clips, b: Clips) -> list[str]:
    """Return the ids of b's clips, in order, that are of a recording of which a has clips too.

    Known by the digest of what is heard, whatever the two are called; and by the track's id where
    both are of one collection by name. A digest that is unknown (`""`) is like no other.
    """
    heard = set(a.recordings) - {""}
    tracks = set(a.tracks) if a.name == b.name else set()
    recordings = b.recordings or [""] * len(b)
    every = zip(b.ids, b.tracks, recordings, strict=True)
    return [clip for clip, track, recording in every if track in tracks or recording in heard]
