// Makes the reader and the writer of a codec, and the list of objects that it must keep alive.
// Entry: compile, make_request, make_record_pair. Invariant: neither a Request nor a codec refers
// to its CodecSpec.
#include "engine/request.h"

#include "core/schema_data.h"
#include "engine/dynamic_transcoder.h"
#include "memory/format.h"

#include <utility>

namespace wirejit::engine {

Format memory_of(const std::shared_ptr<const record::RecordLayouts>& layouts, bool unique_keys) {
  return memory::format(layouts->root_layout(),
                        {.identity = layouts->generation(), .unique_keys = unique_keys}, layouts);
}

namespace {

std::uint64_t generation_of(const Schema& schema) {
  return schema.empty() ? 0 : schema.data()->generation;
}

CodecKey key_of(const CodecSpec& spec) {
  CodecKey key{.from = {spec.from, generation_of(spec.schema), spec.type},
               .to = {spec.to},
               .options = spec.options};
  if (spec.target) {
    key.to.schema = generation_of(spec.target->schema);
    key.to.type = spec.target->type;
    key.match = spec.target->match;
  }
  return key;
}

}  // namespace

Result<Handle> compile(const EngineImpl& engine, CodecSpec spec,
                       const std::function<Result<void>(CodecSpec&)>& complete) {
  if (spec.from.empty() || spec.to.empty()) {
    return std::unexpected(Error(Errc::not_found, "the format is empty"));
  }
  return engine.cache().get(key_of(spec), [&]() -> Result<Handle> {
    if (Result<void> done = complete ? complete(spec) : Result<void>(); !done) {
      return std::unexpected(std::move(done.error()));
    }
    Result<Request> request = make_request(engine, spec);
    return request ? engine.build(std::move(*request))
                   : std::unexpected(std::move(request.error()));
  });
}

namespace {

// How unknown fields are treated. Errors: unsupported (they cannot be kept).
Result<Unknown> unknown_of(const CodecSpec& spec) {
  const lower::FormatImpl& from = lower::impl_of(spec.from);
  const lower::FormatImpl& to = lower::impl_of(spec.to);
  const bool has_room =
      (from.is_memory() && from.holds_unknown()) || (to.is_memory() && to.holds_unknown());
  // Unknown::error rejects fields of a message. Memory has only fields that were kept on purpose.
  if (from.is_memory() && spec.options.unknown_fields == Unknown::error) {
    return has_room ? Unknown::keep : Unknown::skip;
  }
  if (!spec.options.unknown_fields) {
    const Unknown by_format = from.default_unknown();
    return has_room && by_format == Unknown::skip ? Unknown::keep : by_format;
  }
  const Unknown requested = *spec.options.unknown_fields;
  if (requested == Unknown::keep && !has_room && (from.is_memory() || to.is_memory())) {
    return std::unexpected(Error(Errc::unsupported,
                                 "unknown fields are to be kept, and the objects have no room for "
                                 "them: RecordOptions::keep_unknown, or a member UnknownFields"));
  }
  return requested;
}

}  // namespace

Result<Request> make_request(const EngineImpl& engine, const CodecSpec& spec,
                             const lower::DynamicTranscoder* dynamic_transcoder) {
  const auto& [from, to, schema, type, target, options] = spec;
  const bool reads_bytes = !lower::impl_of(from).is_memory();
  const bool writes_bytes = !lower::impl_of(to).is_memory();
  Request r;
  r.type = type;
  r.options = lower::CompileOptions{options};
  const Result<Unknown> unknown = unknown_of(spec);
  if (!unknown) {
    return std::unexpected(unknown.error());
  }
  r.options.unknown = *unknown;
  r.source = &lower::impl_of(from);
  r.may_link_bytes = lower::impl_of(to).may_link_bytes();
  r.keeps = {schema.data(), from.owner(), to.owner()};
  r.options.dynamic_transcoder = dynamic_transcoder;
  if (dynamic_transcoder == nullptr) {
    add_dynamic_transcoder(r, engine, schema);
  }
  if (reads_bytes) {
    r.formats.push_back({&lower::impl_of(from), type});
  }
  if (writes_bytes) {
    r.formats.push_back({&lower::impl_of(to), target ? target->type : type});
  }
  if (reads_bytes && writes_bytes && dynamic_transcoder == nullptr) {
    r.record_fallback = std::make_shared<const RecordFallback>(engine, spec);
  }
  // In a format with a normal form, the last of several entries with one key counts.
  r.options.last_of_equal_keys = lower::impl_of(from).has_normal_form();
  r.writer = lower::impl_of(to).make_writer(r.options);
  if (target) {
    r.keeps.push_back(target->schema.data());
    Result<lower::Mapping> mapping = lower::Mapping::make(*type, *target->type, target->match);
    if (!mapping) {
      return std::unexpected(std::move(mapping.error()));
    }
    r.mapping = std::move(*mapping);
    r.target = target->type;
  }
  r.options.last_of_equal_keys = r.writer->needs().unique_keys;
  r.reader = lower::impl_of(from).make_reader(r.options);
  return r;
}

namespace {

// Whether the default values that a record holds are those that are to be written.
bool completes_as_usual(const Options& options) {
  constexpr Options usual;
  return options.missing_required == usual.missing_required &&
         options.default_fields == usual.default_fields &&
         options.optional_fields == usual.optional_fields;
}

}  // namespace

Result<RecordPair> make_record_pair(const EngineImpl& engine, CodecSpec spec,
                                    const lower::DynamicTranscoder* dynamic_transcoder,
                                    bool interpreted) {
  spec.options.alias_input = true;  // the record is freed when the call ends
  const bool as_usual = completes_as_usual(spec.options);
  Result<std::shared_ptr<const record::RecordLayouts>> layouts = record::RecordLayouts::make(
      spec.schema, *spec.type,
      {.keep_unknown = spec.options.unknown_fields == Unknown::keep, .holds_defaults = as_usual});
  if (!layouts) {
    return std::unexpected(std::move(layouts.error()));
  }
  const auto build = [&](const CodecSpec& half) -> Result<Handle> {
    Result<Request> request = make_request(engine, half, dynamic_transcoder);
    if (!request) {
      return std::unexpected(std::move(request.error()));
    }
    request->interpreted = interpreted;
    return engine.build(std::move(*request));
  };
  // The record drops duplicate keys only if the target cannot hold them, so that all other targets
  // get the same bytes as in one pass.
  const lower::CompileOptions options{spec.options};
  const bool unique_keys = lower::impl_of(spec.to).make_writer(options)->needs().unique_keys;
  CodecSpec half = spec;
  half.to = memory_of(*layouts, unique_keys);
  half.target.reset();
  if (!as_usual) {  // the record has what came; the encoder adds what did not
    MissingRequired& missing = half.options.missing_required;
    missing = missing == MissingRequired::zero ? MissingRequired::omit : missing;
    half.options.default_fields = half.options.optional_fields = MissingFields::none;
  }
  Result<Handle> decoder = build(half);
  if (!decoder) {
    return std::unexpected(std::move(decoder.error()));
  }
  half = std::move(spec);
  half.from = memory_of(*layouts);
  Result<Handle> encoder = build(half);
  if (!encoder) {
    return std::unexpected(std::move(encoder.error()));
  }
  return RecordPair{std::move(*decoder), std::move(*encoder), (*layouts)->root_layout().size};
}

Result<const RecordPair*> RecordFallback::get() const {
  const std::lock_guard lock(mutex_);
  if (!pair_) {
    Result<RecordPair> pair = make_record_pair(*engine_.lock(), spec_);
    if (!pair) {
      return std::unexpected(std::move(pair.error()));
    }
    pair_ = std::move(*pair);
  }
  return &*pair_;
}

}  // namespace wirejit::engine
