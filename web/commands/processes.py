"""`process draw`: pictures of the processes, from their definitions."""

from pathlib import Path

import click

from web.commands.frame import fail, note
from web.process_picture import mermaid, svg
from workflow import processes


@click.group()
def process() -> None:
    """流程定义。"""


@process.command()
@click.argument("key", required=False, metavar="[流程]")
@click.option("--svg", "as_svg", is_flag=True, help="在标准输出上给出 SVG 图而不是 Mermaid 文本（须指明一个流程）。")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), metavar="文件夹",
              help="把 <流程>.mmd 和 <流程>.svg 写入这个文件夹。")  # fmt: skip
def draw(key: str | None, as_svg: bool, output: Path | None) -> None:
    """由流程定义画图：Mermaid 文本（全部连线）或 SVG（便于阅读）。不写流程则画全部。"""
    known = sorted({published.key for published in processes.PUBLISHED})
    if key is not None and key not in known:
        raise fail(f"没有流程 {key}；现有：{'、'.join(known)}。")
    chosen = [processes.newest(one) for one in ([key] if key else known)]
    if as_svg and len(chosen) != 1:
        raise fail(f"--svg 一次只画一个流程，请指明：{'、'.join(known)}。")
    if output is None:
        click.echo("\n".join(svg(one) if as_svg else mermaid(one) for one in chosen), nl=False)
        return
    output.mkdir(parents=True, exist_ok=True)
    for one in chosen:
        (output / f"{one.key}.mmd").write_text(mermaid(one), encoding="utf-8")
        (output / f"{one.key}.svg").write_text(svg(one), encoding="utf-8")
        note(f"{one.title}：{output / one.key}.mmd、.svg")
