"""Tells whether a backend or a frontend conforms to the proposal; needs pytest.

For a backend, the checks call its hooks over a project of yours, with targets that
``crosshook describe`` wrote, and check the wheels against these::

    crosshook describe win_arm64 > target.json
    python -m crosshook.conformance --backend mybackend --project tests/native --target target.json

For a frontend, they let it build projects whose backends are hostile or odd, and look at what it
delivers. ``{project}``, ``{tag}`` and ``{outdir}`` are replaced; ``{target}`` is the path of a
mapping, of which ``--target`` has to name one for manylinux_2_28_aarch64::

    python -m crosshook.conformance --frontend "mytool --for {tag} --out {outdir} {project}"

``pytest -p crosshook.conformance.plugin --pyargs crosshook.conformance`` takes the same options.
"""
