"""Contains all the data models used in inputs/outputs"""

from .append_to_tus_upload_tus_resumable import AppendToTusUploadTusResumable
from .batches import Batches
from .change import Change
from .codec import Codec
from .colour_tags import ColourTags
from .colour_tags_range_type_0 import ColourTagsRangeType0
from .comparison import Comparison
from .completion import Completion
from .container import Container
from .create_tus_upload_tus_resumable import CreateTusUploadTusResumable
from .delete_tus_upload_tus_resumable import DeleteTusUploadTusResumable
from .delivery_body import DeliveryBody
from .delivery_list import DeliveryList
from .delivery_state import DeliveryState
from .encoder_used import EncoderUsed
from .field_problem import FieldProblem
from .frames import Frames
from .hdr_metadata import HdrMetadata
from .job_body import JobBody
from .job_body_labels import JobBodyLabels
from .job_body_media_type_0 import JobBodyMediaType0
from .job_event import JobEvent
from .job_form import JobForm
from .job_form_labels import JobFormLabels
from .job_form_preset import JobFormPreset
from .job_list import JobList
from .job_options import JobOptions
from .job_options_preset import JobOptionsPreset
from .job_state import JobState
from .links import Links
from .mastering import Mastering
from .measured import Measured
from .metadata import Metadata
from .model_body import ModelBody
from .model_body_labels import ModelBodyLabels
from .model_body_speed_type_0 import ModelBodySpeedType0
from .model_label import ModelLabel
from .model_list import ModelList
from .model_used import ModelUsed
from .new_upload import NewUpload
from .output_body import OutputBody
from .output_file import OutputFile
from .part_url import PartUrl
from .part_url_list import PartUrlList
from .problem import Problem
from .progress import Progress
from .read_tus_upload_tus_resumable import ReadTusUploadTusResumable
from .report import Report
from .secret_body import SecretBody
from .series import Series
from .session_request import SessionRequest
from .source_body import SourceBody
from .source_file import SourceFile
from .source_stream import SourceStream
from .source_stream_became import SourceStreamBecame
from .stage import Stage
from .stream import Stream
from .timings import Timings
from .upload_body import UploadBody
from .upload_state import UploadState
from .uploaded_job_request import UploadedJobRequest
from .uploaded_job_request_labels import UploadedJobRequestLabels
from .uploaded_job_request_preset import UploadedJobRequestPreset
from .validity import Validity
from .way import Way

__all__ = (
    "AppendToTusUploadTusResumable",
    "Batches",
    "Change",
    "Codec",
    "ColourTags",
    "ColourTagsRangeType0",
    "Comparison",
    "Completion",
    "Container",
    "CreateTusUploadTusResumable",
    "DeleteTusUploadTusResumable",
    "DeliveryBody",
    "DeliveryList",
    "DeliveryState",
    "EncoderUsed",
    "FieldProblem",
    "Frames",
    "HdrMetadata",
    "JobBody",
    "JobBodyLabels",
    "JobBodyMediaType0",
    "JobEvent",
    "JobForm",
    "JobFormLabels",
    "JobFormPreset",
    "JobList",
    "JobOptions",
    "JobOptionsPreset",
    "JobState",
    "Links",
    "Mastering",
    "Measured",
    "Metadata",
    "ModelBody",
    "ModelBodyLabels",
    "ModelBodySpeedType0",
    "ModelLabel",
    "ModelList",
    "ModelUsed",
    "NewUpload",
    "OutputBody",
    "OutputFile",
    "PartUrl",
    "PartUrlList",
    "Problem",
    "Progress",
    "ReadTusUploadTusResumable",
    "Report",
    "SecretBody",
    "Series",
    "SessionRequest",
    "SourceBody",
    "SourceFile",
    "SourceStream",
    "SourceStreamBecame",
    "Stage",
    "Stream",
    "Timings",
    "UploadBody",
    "UploadedJobRequest",
    "UploadedJobRequestLabels",
    "UploadedJobRequestPreset",
    "UploadState",
    "Validity",
    "Way",
)
