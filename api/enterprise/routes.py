"""The enterprise's routes, in the order of its day."""

from typing import Final

from litestar.types import ControllerRouterHandler

from api.enterprise import pages
from api.enterprise.printing import ahead, desk, jobs, pictures, relations

PAGES: Final[tuple[ControllerRouterHandler, ...]] = (
    pages.home,
    pages.record_index,
    pages.record_form,
    pages.lot_page,
    desk.desk_index,
    desk.desk_page,
    desk.plan,
    desk.print_labels,
    desk.redraw,
    desk.drop,
    desk.test_page,
    ahead.ahead_page,
    ahead.print_tags,
    ahead.print_cases,
    relations.relations_index,
    relations.import_form,
    relations.relations_page,
    pictures.sample_file,
    pictures.label_file,
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
