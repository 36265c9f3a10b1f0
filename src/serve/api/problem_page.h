/// Errors as pages, for a person whose browser was sent somewhere and shows whatever comes.
#pragma once

#include "foundation/base/result.h"
#include "serve/api/problem.h"
#include "serve/http/http_exchange.h"

namespace apportion {

/// Says no more than `problem_document` does. Plain HTML, without scripts or anything that is fetched.
ServerResponse problem_page(const Error& error, const ProblemContext& context);

}  // namespace apportion
