// Messages as services send them.

enum Status { PENDING = 1, PAID = 2, SHIPPED = 3 }

struct Address { 1: required string street; 2: string city; 3: string zip; 4: string country = "NO" }

struct Line {
  1: required string sku,
  2: required i32 quantity,
  3: i64 cents,
  4: optional string note,
}

struct Order {
  1: required i64 id,
  2: i64 placed_ms,
  3: Status status,
  4: string customer,
  5: Address to,
  6: list<Line> lines,
  7: map<string, string> labels,
  8: optional double discount,
  9: bool gift,
}

struct LogEntry {
  1: i64 time_ns,
  2: i8 severity,
  3: string service,
  4: string message,
  5: map<string, string> fields,
  6: list<string> stack,
  7: optional binary trace_id,
}

struct Batch { 1: string host; 2: list<LogEntry> entries; 3: i32 dropped }

struct Metrics { 1: string name; 2: list<i64> times; 3: list<double> values; 4: set<string> tags }
