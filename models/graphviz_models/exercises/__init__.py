"""The built-in exercises, one TOML file each; the file's name is the exercise's id.

Beyond the plain model file, an exercise may have these keys. Texts are Markdown with ``$...$`` for mathematics; labels
and titles are plain.

Top level
    ``notes``        for the presenter: what to point at.

``[[questions]]``, besides ``label``, ``text``, ``of``, ``given``, ``answer``, ``printed``, ``erratum``
    ``answer_text``  the answer in words, where it is no gradient: the question then has no ``of`` and no ``answer``.
    ``jacobian``     instead of ``of``: ``{of = "x[1]", wrt = "x[0]", immediate = true}``; ``answer`` gives the array of
                     shape ``[*of, *wrt]``; ``immediate`` (false where left out) holds all other nodes fixed.
    ``erratum_ids``  the ids of the errata that ``printed`` and ``erratum`` are about.
    ``printed``      an expression beside ``answer``, Markdown beside ``answer_text``.

``[[errata]]``, an error of the print that no question tells
    ``id``, ``kind`` (``math``, ``index``, ``data``, ``notation``, ``concept``), ``text``: what is wrong and why.
    ``printed``, ``right``  both or neither: expressions over the model's names, constants and ``[deltas]`` where they
                     hold no ``$``, so that both values can be shown; else Markdown.

``[[tables]]``, numbers as a sheet prints them, to be laid beside the computed ones
    ``title``, ``iteration`` (from 1), ``of`` (a node, or ``d<loss>/d<node>``), ``update = true`` for a parameter after
    the iteration's update, ``printed`` (nested lists of strings, digit by digit), ``erratum`` and ``erratum_ids`` where
    they disagree.

Every known error of the print has an id, and is told in at least one of the three places.
"""
