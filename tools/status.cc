// From error codes to exit codes.
#include "status.h"

namespace wirejit::tools {

Status status_of(Errc code) noexcept {
  switch (code) {
    case Errc::ok: return Status::ok;
    case Errc::schema_syntax:
    case Errc::schema_invalid:
    case Errc::layout_mismatch:
    case Errc::unsupported:
    case Errc::unknown_method:
    case Errc::unknown_service:
    case Errc::not_found: return Status::schema;
    case Errc::deadline_exceeded:
    case Errc::cancelled:
    case Errc::unavailable:
    case Errc::overloaded:
    case Errc::io: return Status::io;
    case Errc::remote_error: return Status::peer;
    case Errc::no_memory:
    case Errc::code_memory:
    case Errc::internal: return Status::machine;
    default: return Status::data;  // the input's bytes, and limits
  }
}

}  // namespace wirejit::tools
