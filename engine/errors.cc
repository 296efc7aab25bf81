// An Error's parts and their origin: the offset is where the call stopped; line and column are
// counted in the text; an interpreted run of the same call finds the path; the format describes the
// bytes at the offset. Entry: explain. Invariant: if there is no memory for the path, the Error has
// an empty one.
#include "engine/errors.h"

#include "jit/interpret_path.h"
#include "jit/scratch.h"
#include "lower/format.h"

#include <wirejit/detail/reflect_core.h>

#include <algorithm>
#include <new>
#include <string_view>

namespace wirejit::engine {

namespace {

std::string_view describe(Errc code) {
  switch (code) {
    case Errc::truncated: return "the input ends inside a value";
    case Errc::trailing_data: return "bytes remain after the value";
    case Errc::syntax: return "the text is malformed here";
    case Errc::type_mismatch: return "the value has another type than the schema says";
    case Errc::invalid_type: return "no such type code";
    case Errc::invalid_count: return "a count or length that cannot be right";
    case Errc::invalid_utf8: return "the string is not valid UTF-8";
    case Errc::invalid_string: return "the string is malformed";
    case Errc::invalid_number: return "not a number of the expected kind";
    case Errc::number_out_of_range: return "the number does not fit the field's type";
    case Errc::invalid_base64: return "not Base64";
    case Errc::unknown_enum: return "no such enum value";
    case Errc::unknown_field: return "the schema has no such field";
    case Errc::duplicate_field: return "the field is given twice";
    case Errc::duplicate_key: return "the key is given twice";
    case Errc::missing_required: return "a required field is missing";
    case Errc::union_not_one: return "a union must have exactly one field";
    case Errc::null_value: return "null where a value must stand";
    case Errc::invalid_tag: return "a tag that no field can have";
    case Errc::invalid_varint: return "a varint of more than ten bytes";
    case Errc::oneof_conflict: return "two members of one oneof";
    case Errc::depth_limit: return "nested more deeply than the limit";
    case Errc::size_limit: return "larger than the limit";
    case Errc::memory_limit: return "needs more memory than the limit";
    case Errc::no_memory: return "out of memory";
    case Errc::no_arena: return "views are decoded, which needs an Arena: the call was given none";
    case Errc::exception: return "code of the application threw";
    case Errc::collision_limit:
      return "too many keys of a hash table collide; they do not with wirejit::SeededHash";
    case Errc::unsupported: return "the format of the payload is not known";
    case Errc::not_found: return "the schema has no type of that name";
    default: return "";
  }
}

void locate_in_text(Error::Detail& d, Bytes input) {
  const std::size_t end = std::min(d.offset, input.size());
  const auto newlines = std::count(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(end),
                                   std::uint8_t{'\n'});
  std::size_t start = end;
  while (start > 0 && input[start - 1] != '\n') {
    --start;
  }
  d.line = static_cast<std::uint32_t>(newlines + 1);
  d.column = static_cast<std::uint32_t>(end - start + 1);
}

bool failed_by(const jit::Context& ctx, Errc code) {
  return ctx.error == static_cast<std::uint16_t>(code);
}

// The reader's position when the call failed. Helpers of writers do not know it: for their errors
// it is the reader's cursor, r0.
std::uint64_t input_position(const jit::Context& failed) {
  const bool failed_in_writer =
      failed_by(failed, Errc::size_limit) || failed_by(failed, Errc::memory_limit) ||
      failed_by(failed, Errc::no_memory) || failed_by(failed, Errc::no_arena) ||
      failed_by(failed, Errc::exception);
  return failed_in_writer || failed.error_at == jit::at_cursor ? failed.r0 : failed.error_at;
}

// Whether the interpreted run failed as the first run did. An object that grew in the first run
// needs less memory in the second one, which may then reach memory_limit at another position.
bool is_same_failure(const jit::Context& failed, const jit::Context& second) {
  const bool may_differ = failed_by(failed, Errc::memory_limit);
  return second.error == failed.error &&
         (!may_differ || input_position(second) == input_position(failed));
}

// Where in the schema a call failed.
struct Location {
  std::string path;
  const jit::PathNode* node = nullptr;  // null: not known
  std::size_t steps = 0;                // of the path: fields, elements, keys, values
  bool by_helper = false;               // a helper rejected the input, not the Program itself
};

std::size_t steps_of(const jit::Module& module, const jit::Recorder& recorder) {
  std::size_t steps = 0;
  for (const jit::Recorder::Frame& frame : recorder.frames) {
    for (std::uint32_t n = frame.node; n != 0; n = module.nodes[n].parent) {
      steps += module.nodes[n].what != jit::PathNode::What::root ? 1 : 0;
    }
  }
  return steps;
}

// Runs the call again, interpreted, and returns where it failed; nothing if it failed in another
// way. `with_memory_left`: the run may allocate only what the failed run had left, as the object
// keeps what that run allocated.
Location run_interpreted(const Call& call, const jit::Context& failed, bool with_memory_left) {
  const jit::Module& module = call.codec->module;
  Buffer scratch;
  if (!scratch.reserve(64)) {
    return {};
  }
  jit::Context ctx;
  start(call, ctx, &scratch);
  if (with_memory_left) {
    ctx.memory_left = failed.memory_left;
  }
  jit::Recorder recorder;
  const std::uint64_t ok = jit::interpret(module, 0, ctx, &recorder);
  jit::free_scratch(ctx);
  if (ok != 0 || !is_same_failure(failed, ctx) || recorder.frames.empty()) {
    return {};
  }
  return {jit::render_path(module, recorder), &module.nodes[recorder.frames.front().node],
          steps_of(module, recorder), recorder.rejected_by_helper};
}

Location find_location(const Call& call, const jit::Context& failed) {
  Location location;
  if (failed_by(failed, Errc::memory_limit)) {
    location = run_interpreted(call, failed, true);
  }
  return location.node == nullptr ? run_interpreted(call, failed, false) : location;
}

void describe_input(const Compiled& c, const Location& location, Bytes input, std::size_t position,
                    Error::Detail& d) {
  lower::ReadFailure failure{.code = d.code,
                             .input = input,
                             .offset = position,
                             .type = nullptr,
                             .structure = nullptr,
                             .steps = location.steps,
                             .by_helper = location.by_helper};
  if (location.node != nullptr) {
    failure.type = location.node->type;
    failure.structure = location.node->structure;
  }
  lower::Description description = c.source->describe(failure);
  if (!description.message.empty()) {
    d.message = std::move(description.message);
  }
  if (!description.inner.empty()) {
    d.path += (d.path.empty() ? "" : ".") + description.inner;
  }
}

}  // namespace

Error explain(const Call& call, const jit::Context& failed) {
  const Compiled& c = *call.codec;
  const Bytes input = call.input;
  Error::Detail d;
  d.code = static_cast<Errc>(failed.error);
  std::size_t position = no_offset;
  if (c.reads_input) {
    const auto begin = reinterpret_cast<std::uint64_t>(input.data());
    const std::uint64_t at = input_position(failed);
    const bool inside = at >= begin && at - begin <= input.size();
    position = inside ? at - begin : no_offset;
    // `truncated` is always reported at the end of the input.
    d.offset = d.code == Errc::truncated || !inside ? input.size() : at - begin;
    if (c.source->is_text()) {
      locate_in_text(d, input);
    }
    d.offset += call.before;
  }
  d.message = describe(d.code);
  if (d.code == Errc::exception) {
    d.message.append(": ").append(wirejit::detail::failure_text());
  }
  try {
    Location location;
    if (c.options.error_paths && d.code != Errc::no_memory) {
      location = find_location(call, failed);
      d.path = std::move(location.path);
    }
    if (position != no_offset) {
      describe_input(c, location, input, position, d);
    }
  } catch (const std::bad_alloc&) {
    d.path.clear();
  }
  return Error(std::move(d));
}

}  // namespace wirejit::engine
