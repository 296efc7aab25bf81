// Readers and writers for both sides, and what a codec keeps.
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

CodecKey key_of(const Wanted& w) {
  CodecKey key{
      .from = {w.from, generation_of(w.schema), w.type}, .to = {w.to}, .options = w.options};
  if (w.target) {
    key.to.schema = generation_of(w.target->schema);
    key.to.type = w.target->type;
    key.match = w.target->match;
  }
  return key;
}

}  // namespace

Result<Handle> compile(const EngineImpl& engine, Wanted wanted,
                       const std::function<Result<void>(Wanted&)>& complete) {
  if (wanted.from.empty() || wanted.to.empty()) {
    return std::unexpected(Error(Errc::not_found, "the format is empty"));
  }
  return engine.cache().get(key_of(wanted), [&]() -> Result<Handle> {
    if (Result<void> done = complete ? complete(wanted) : Result<void>(); !done) {
      return std::unexpected(std::move(done.error()));
    }
    Result<Request> request = make_request(engine, wanted);
    return request ? engine.build(std::move(*request))
                   : std::unexpected(std::move(request.error()));
  });
}

namespace {

// What becomes of unknown fields.
Result<Unknown> unknown_of(const Wanted& wanted) {
  const lower::FormatImpl& from = lower::impl_of(wanted.from);
  const lower::FormatImpl& to = lower::impl_of(wanted.to);
  const bool room =
      (from.is_memory() && from.holds_unknown()) || (to.is_memory() && to.holds_unknown());
  if (from.is_memory() && wanted.options.unknown_fields == Unknown::error) {
    return room ? Unknown::keep : Unknown::skip;  // nothing is read that could have unknown fields
  }
  if (!wanted.options.unknown_fields) {
    const Unknown by_format = from.default_unknown();
    return room && by_format == Unknown::skip ? Unknown::keep : by_format;
  }
  const Unknown asked = *wanted.options.unknown_fields;
  if (asked == Unknown::keep && !room && (from.is_memory() || to.is_memory())) {
    return std::unexpected(Error(Errc::unsupported,
                                 "unknown fields are to be kept, and the objects have no room for "
                                 "them: RecordOptions::keep_unknown, or a member UnknownFields"));
  }
  return asked;
}

}  // namespace

Result<Request> make_request(const EngineImpl& engine, const Wanted& wanted,
                             const lower::DynamicTranscoder* dynamic_transcoder) {
  const auto& [from, to, schema, type, target, options] = wanted;
  const bool reads_bytes = !lower::impl_of(from).is_memory();
  const bool writes_bytes = !lower::impl_of(to).is_memory();
  Request r;
  r.type = type;
  r.options = lower::CompileOptions{options};
  const Result<Unknown> unknown = unknown_of(wanted);
  if (!unknown) {
    return std::unexpected(unknown.error());
  }
  r.options.unknown = *unknown;
  r.source = &lower::impl_of(from);
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
    r.by_record = std::make_shared<const RecordFallback>(engine, wanted);
  }
  // A format with a normal form says that of equal keys the last one counts.
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

Result<RecordPair> make_record_pair(const EngineImpl& engine, Wanted wanted,
                                    const lower::DynamicTranscoder* dynamic_transcoder,
                                    bool interpreted) {
  wanted.options.alias_input = true;  // the record does not outlive the call
  Result<std::shared_ptr<const record::RecordLayouts>> layouts =
      record::RecordLayouts::make(wanted.schema, *wanted.type,
                                  {.keep_unknown = wanted.options.unknown_fields == Unknown::keep});
  if (!layouts) {
    return std::unexpected(std::move(layouts.error()));
  }
  const auto build = [&](const Wanted& half) -> Result<Handle> {
    Result<Request> request = make_request(engine, half, dynamic_transcoder);
    if (!request) {
      return std::unexpected(std::move(request.error()));
    }
    request->interpreted = interpreted;
    return engine.build(std::move(*request));
  };
  // Equal keys are dropped only where the target cannot hold them: else it would get other bytes.
  const lower::CompileOptions options{wanted.options};
  const bool unique_keys = lower::impl_of(wanted.to).make_writer(options)->needs().unique_keys;
  Wanted half = wanted;
  half.to = memory_of(*layouts, unique_keys);
  half.target.reset();
  Result<Handle> decoder = build(half);
  if (!decoder) {
    return std::unexpected(std::move(decoder.error()));
  }
  half = std::move(wanted);
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
    Result<RecordPair> made = make_record_pair(*engine_.lock(), wanted_);
    if (!made) {
      return std::unexpected(std::move(made.error()));
    }
    pair_ = std::move(*made);
  }
  return &*pair_;
}

}  // namespace wirejit::engine
