"""The enterprise's routes, in the order of its day."""

from typing import Final

from litestar.types import ControllerRouterHandler

from api.enterprise import ahead, jobs, labels, pages, printing, relations

PAGES: Final[tuple[ControllerRouterHandler, ...]] = (
    pages.home,
    pages.record_index,
    pages.record_form,
    pages.lot_page,
    printing.desk_index,
    printing.desk_page,
    printing.plan,
    printing.print_labels,
    printing.redraw,
    printing.drop,
    printing.test_page,
    ahead.ahead_page,
    ahead.print_tags,
    ahead.print_cases,
    relations.relations_index,
    relations.import_form,
    relations.relations_page,
    labels.sample_file,
    labels.label_file,
)
PROGRAMS: Final[tuple[ControllerRouterHandler, ...]] = (
    jobs.plan_packing,
    jobs.print_job,
    jobs.job_state,
    jobs.redraw_labels,
    jobs.job_file,
    jobs.stating,
    jobs.voiding,
    ahead.number_cases,
    ahead.state_case,
    relations.take_relations,
    relations.give_relations,
)
