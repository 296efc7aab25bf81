// wirejit diff: what changed between two versions of a schema, and whom it breaks.
#include "commands.h"
#include "files.h"
#include "json_out.h"
#include "report.h"
#include "schema_arguments.h"

#include <wirejit/schema_diff.h>

#include <map>
#include <memory>

namespace wirejit::tools {
namespace {

struct Arguments {
  std::string before;
  std::string after;
  std::string format;
  SchemaRules rules;
  WireRules wire = WireRules::any;
  Direction direction = Direction::both;
  bool json_text = false;
  bool json = false;
};

constexpr const char* exit_codes =
    "Exit codes:\n"
    "  0  nothing changed, or nothing that breaks anybody\n"
    "  1  the new schema is not compatible with the old one\n"
    "  2  usage: wrong arguments\n"
    "  3  schema: one of the two is not valid\n"
    "  4  I/O: a file cannot be read\n"
    "  5  machine: no memory, or a defect of wirejit";

std::string text_of(const std::vector<Change>& changes, bool compatible) {
  std::string out;
  for (const Change& change : changes) {
    out += printable(change.to_string()) + "\n";
  }
  return out + (changes.empty() ? "no change\n" : compatible ? "compatible\n" : "not compatible\n");
}

std::string json_of(const std::vector<Change>& changes, bool compatible) {
  JsonOut out;
  out.open('{');
  out.member_bool("compatible", compatible);
  out.open_member("changes", '[');
  for (const Change& change : changes) {
    out.open('{');
    out.member("kind", to_string(change.kind));
    out.member("path", change.path);
    out.member("before", change.before);
    out.member("after", change.after);
    out.member("effect", to_string(change.effect));
    out.close('}');
  }
  out.close(']');
  out.close('}');
  return out.take();
}

Status run(const Arguments& a) {
  const Result<Schema> before = load_schema({a.before, a.format, a.rules});
  if (!before) {
    return status_of(before.error().code());
  }
  const Result<Schema> after = load_schema({a.after, a.format, a.rules});
  if (!after) {
    return status_of(after.error().code());
  }
  const Result<std::vector<Change>> changes = compare(*before, *after, a.wire);
  if (!changes) {
    complain(changes.error().to_string());
    return status_of(changes.error().code());
  }
  const bool compatible = is_compatible(*changes, a.direction, a.json_text);
  if (!write_stdout(a.json ? json_of(*changes, compatible) : text_of(*changes, compatible))) {
    return Status::io;
  }
  return compatible ? Status::ok : Status::data;
}

}  // namespace

void add_diff(CLI::App& app, Status& status) {
  static const std::map<std::string, WireRules> wires{
      {"any", WireRules::any}, {"thrift", WireRules::thrift}, {"protobuf", WireRules::protobuf}};
  static const std::map<std::string, Direction> directions{{"backward", Direction::backward},
                                                           {"forward", Direction::forward},
                                                           {"both", Direction::both}};
  const auto a = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "diff", "Say what changed between two versions of a schema, and whether that is compatible");
  command->footer(
      std::string(
          "Example: wirejit diff --direction backward old/orders.thrift orders.thrift\n\n") +
      exit_codes);
  command->add_option("old", a->before, "The old schema")->required()->type_name("OLD");
  command->add_option("new", a->after, "The new schema")->required()->type_name("NEW");
  add_schema_format(*command, "--schema-format", "What OLD and NEW are", a->format);
  add_schema_rules(*command, a->rules);
  command
      ->add_option_function<std::string>(
          "--direction", [a](const std::string& word) { a->direction = directions.at(word); },
          "backward: new readers must read old data; forward: old readers must read new data; "
          "both (without this)")
      ->check(CLI::IsMember(directions).description(""))
      ->type_name("backward|forward|both");
  command
      ->add_option_function<std::string>(
          "--wire", [a](const std::string& word) { a->wire = wires.at(word); },
          "The rules of whose wire decide what breaks; any: what breaks one of the two (without "
          "this)")
      ->check(CLI::IsMember(wires).description(""))
      ->type_name("any|thrift|protobuf");
  command->add_flag("--json-text", a->json_text,
                    "Data is kept or sent as JSON text, too: names count");
  command->add_flag("--json", a->json, "Print the changes as JSON");
  command->callback([a, &status] { status = run(*a); });
}

}  // namespace wirejit::tools
