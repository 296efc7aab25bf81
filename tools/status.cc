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
    case Errc::not_found: return Status::schema;
    case Errc::io: return Status::io;
    case Errc::no_memory:
    case Errc::code_memory:
    case Errc::internal: return Status::machine;
    default: return Status::data;  // the input's bytes, and limits
  }
}

}  // namespace wirejit::tools
