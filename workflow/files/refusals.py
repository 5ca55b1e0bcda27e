"""Why a scanned paper is not taken, and what to do about it."""

from workflow.errors import Unacceptable
from workflow.files import limits

SENTENCES = {
    "empty": "文件是空的，请重新选择文件。",
    "type": "只接收 JPEG、PNG 图片和 PDF 文件；这个文件的内容不是其中任何一种，只改扩展名没有用。",
    "image_size": "图片不能超过 2 MB，这张是 {shown} MB。请降低扫描分辨率或压缩后再上传。",
    "pdf_size": "PDF 不能超过 10 MB，这份是 {shown} MB。请降低扫描分辨率或分成几份后再上传。",
    "polyglot": "文件里夹带了另一种文件的内容，不予接收。请重新扫描，或另存为新的图片、PDF 后再上传。",
    "image_damaged": "图片不完整或已损坏，打不开。请重新扫描或拍照后再上传。",
    "pixels": "图片不能超过 1600 万像素，这张是 {shown}。请缩小后再上传。",
    "sides": "图片的长和宽应在 200 到 8000 像素之间，这张是 {shown}。请重新扫描或拍照后再上传。",
    "frames": "文件里有 {shown} 幅画面（动图、连拍或带副图），只能有一幅。请截图或另存为普通图片后再上传。",
    "pdf_damaged": "PDF 不完整、已损坏或一页也没有，打不开。请重新扫描，或重新导出 PDF 后再上传。",
    "pdf_password": "PDF 设了密码或限制了权限。请取消保护后再上传。",
    "pdf_script": "PDF 里含有脚本程序，不予接收。请打印成新的 PDF，或扫描纸质件后再上传。",
    "pdf_action": "PDF 里含有会启动程序、提交数据或打开其他文件的动作，不予接收。请打印成新的 PDF 后再上传。",
    "pdf_embedded": "PDF 里嵌有其他文件，不予接收。请去掉附件，或打印成新的 PDF 后再上传。",
    "pdf_form": "这是动态表单（XFA）PDF，内容会变化，不予接收。请填好后打印成新的 PDF 再上传。",
    "pdf_pages": "PDF 最多 30 页，这份有 {shown} 页。请只上传需要的页，或分成几份。",
    "pdf_page_size": "PDF 第 {shown} 页的页面尺寸不合理（应在 2.5 厘米到 1.2 米之间）。请重新导出后再上传。",
    "pdf_picture": "PDF 第 {shown} 页里的图片超过 4000 万像素。请降低扫描分辨率（300 dpi 足够）后再上传。",
    "pdf_structure": "PDF 的内部结构异常，无法检查。请打印成新的 PDF，或扫描纸质件后再上传。",
    "pdf_objects": "PDF 的内部结构过于复杂。请打印成新的 PDF，或扫描纸质件后再上传。",
    "too_complex": "打开这个文件需要的时间或内存超过上限，不予接收。请重新扫描，或另存为普通图片、PDF 后再上传。",
}  # fmt: skip

LIMITS = {
    "image_size": limits.IMAGE_BYTES,
    "pdf_size": limits.PDF_BYTES,
    "pixels": limits.PIXELS,
    "sides": limits.SIDE_MAX,
    "frames": 1,
    "pdf_pages": limits.PAGES,
    "pdf_page_size": limits.PAGE_POINTS_MAX,
    "pdf_picture": limits.PICTURE_PIXELS,
    "pdf_objects": limits.OBJECTS,
}


def refuse(code: str, shown: str = "") -> Unacceptable:
    """The refusal of a file with its sentence; `shown` is what was found where a limit was passed."""
    return Unacceptable("file", SENTENCES[code].format(shown=shown), code, LIMITS.get(code))


class Found(Exception):
    """In the child: what speaks against the file. The caller makes the refusal of it."""

    def __init__(self, code: str, shown: str = "") -> None:
        super().__init__(code)
        self.code, self.shown = code, shown
