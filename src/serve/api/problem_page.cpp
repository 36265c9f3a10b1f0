#include "serve/api/problem_page.h"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "foundation/base/html.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::string_view kPage = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{0}</title>
</head>
<body>
<h1>{0}</h1>
{1}{2}{3}<p><a href="/">Back to signing in</a></p>
</body>
</html>
)";

std::string paragraph(std::string_view text) {
  return text.empty() ? std::string() : fmt::format("<p>{}</p>\n", html_escaped(text));
}

// Advice without the call of the API that does it: who reads the page has a browser.
std::string_view without_call(std::string_view advice) { return advice.substr(0, advice.find(": `")); }

// What a problem says beside its title, which it may begin with.
std::string_view beside_title(std::string_view detail, std::string_view title) {
  const std::string_view begin = detail.substr(0, title.size());
  const bool repeats = ascii_equal_ignoring_case(begin, title) && detail.substr(begin.size()).starts_with(": ");
  return repeats ? detail.substr(begin.size() + 2) : detail;
}

}  // namespace

ServerResponse problem_page(const Error& error, const ProblemContext& context) {
  const auto problem = problem_document(error, context);
  const auto title = problem["title"].get<std::string>();
  const std::string next = problem.value("next", "sign in again");
  ServerResponse response = problem_response(error, context);
  for (auto& [name, value] : response.headers.fields) {
    if (name == "Content-Type") value = "text/html; charset=utf-8";
  }
  response.headers.add("Content-Security-Policy",
                       "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("Referrer-Policy", "no-referrer");
  response.body =
      fmt::format(kPage, html_escaped(title), paragraph(beside_title(problem.value("detail", ""), title)),
                  paragraph(fmt::format("What you can do: {}", without_call(next))),
                  paragraph(fmt::format("If it goes on, tell whoever runs the service the number of this request: {}",
                                        context.request_id)));
  return response;
}

}  // namespace apportion
