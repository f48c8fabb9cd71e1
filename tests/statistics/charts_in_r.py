"""Control charts once more, in base R and point by point: another language, another author's way.

Written from RULES.md B8, Anhøj & Olesen 2014 and Montgomery, with what NHSRplotthedots 0.2 and
qicharts2 0.8 document of their data: points are grouped by part first, records of one moment
are averaged or added up, a missing value has no neighbour.
"""

# One case: a file, `kind`, `rules`, `freeze` (0 for none), `breaks` (first x of each new part).
CHARTS_IN_R = """
windows <- function(n, width) if (n < width) list() else lapply(1:(n - width + 1), function(first)
  first:(first + width - 1))

same_sign <- function(signs, width) {            # the members of windows of one sign
  member <- logical(length(signs))
  for (window in windows(length(signs), width))
    if (isTRUE(abs(sum(signs[window])) == width)) member[window] <- TRUE
  member
}

mean_range <- function(y, screened) {
  ranges <- abs(diff(y))
  average <- mean(ranges, na.rm = TRUE)
  if (screened) mean(ranges[which(ranges < 3.267 * average)]) else average
}

nhs <- function(y, freeze, screened) {
  n <- length(y)
  base <- replace(y, seq_len(n) > freeze, NA)
  centre <- mean(base, na.rm = TRUE)
  spread <- if (sum(!is.na(base)) < 6) NA else mean_range(base, screened)
  far <- 2.66 * spread
  near <- 2 * (2.66 / 3) * spread
  beyond <- seq_len(n) %in% which(y > centre + far | y < centre - far)
  close <- !beyond & seq_len(n) %in% which(y > centre + near | y < centre - near)
  side <- sign(y - centre)
  pairs <- logical(n)
  for (window in windows(n, 3))
    if (isTRUE(abs(sum(side[window])) == 3) && sum(close[window]) >= 2)
      pairs[window[close[window]]] <- TRUE
  steps <- sign(diff(y))
  trend <- logical(n)
  for (window in windows(n - 1, 6))
    if (isTRUE(abs(sum(steps[window])) == 6)) trend[c(window, max(window) + 1)] <- TRUE
  fired <- cbind(R1 = beyond, R2 = same_sign(side, 7), R3 = trend, R4 = pairs)
  label <- sapply(seq_len(n), function(i) {
    above <- if (isTRUE(side[i] > 0)) "Above" else "Below"
    step <- if (i < n && trend[i + 1]) steps[i] else steps[i - 1]
    if (fired[i, "R1"]) paste(above, if (above == "Above") "UCL" else "LCL")
    else if (fired[i, "R3"]) paste0("7 Point Trend (", if (step > 0) "In" else "De", "creasing)")
    else if (fired[i, "R4"]) paste("2 in 3", above, "CL")
    else if (fired[i, "R2"]) paste("7 Points", above, "CL")
    else "Common Cause"
  })
  list(centre = centre, lower = centre - far, upper = centre + far, fired = fired, told = label)
}

anhoej <- function(kind, y, count, size, base, screened) {
  centre <- switch(kind, run = median(y[base], na.rm = TRUE), xmr = mean(y[base], na.rm = TRUE),
                   sum(count[base], na.rm = TRUE) / sum(size[base], na.rm = TRUE))
  sigma <- switch(kind, run = NA, xmr = mean_range(y[base], screened) / 1.128,
                  sqrt(centre * (1 - centre) / size))
  if (kind == "pp") sigma <- sigma * mean_range(((y - centre) / sigma)[base], screened) / 1.128
  lower <- rep_len(centre - 3 * sigma, length(y))
  upper <- rep_len(centre + 3 * sigma, length(y))
  if (kind %in% c("p", "pp")) {
    lower <- pmax(replace(lower, !is.finite(lower), NA), 0)
    upper <- pmin(replace(upper, !is.finite(upper), NA), 1)
  }
  side <- sign(y - centre)
  side <- side[!is.na(side) & side != 0]
  runs <- rle(side)$lengths
  useful <- length(side)
  told <- if (useful == 0) rep(0, 5) else
    c(useful, max(runs), round(log2(useful)) + 3, length(runs) - 1, qbinom(0.05, useful - 1, 0.5))
  known <- !is.na(y)
  fired <- cbind(sigma = known & (y > upper | y < lower) %in% TRUE,
                 run = known & told[2] > told[3], crossings = known & told[4] < told[5])
  list(centre = centre, lower = lower, upper = upper, fired = fired,
       told = rep(paste(told, collapse = " "), length(y)))
}

for (case in seq_len(nrow(asked <- read.csv("asked.csv", colClasses = c(breaks = "character"))))) {
  a <- asked[case, ]
  data <- read.csv(a$file)
  data <- data[!is.na(data$x), ]
  if (!is.null(data$n)) data[is.na(data$y) | is.na(data$n), c("y", "n")] <- NA
  moments <- split(data, data$x)
  x <- sapply(moments, function(of) of$x[1])
  known <- sapply(moments, function(of) any(!is.na(of$y)))
  count <- ifelse(known, sapply(moments, function(of) sum(of$y, na.rm = TRUE)), NA)
  size <- NULL
  if (is.null(data$n)) {
    y <- ifelse(known, sapply(moments, function(of) mean(of$y, na.rm = TRUE)), NA)
  } else {
    size <- sapply(moments, function(of) sum(of$n, na.rm = TRUE))
    count[size == 0] <- NA
    y <- count / size
    size[is.na(y)] <- NA
  }
  freeze <- if (a$freeze == 0) Inf else a$freeze
  part <- rowSums(outer(x, as.numeric(strsplit(a$breaks, " ")[[1]]), ">="))
  for (inside in split(seq_along(y), part)) {
    made <- if (a$rules == "nhs") nhs(y[inside], freeze, a$screened) else {
      base <- seq_along(inside) <= if (length(unique(part)) > 1) Inf else freeze
      anhoej(a$kind, y[inside], count[inside], size[inside], base, a$screened)
    }
    lines <- cbind(x[inside], y[inside], made$centre, made$lower, made$upper)
    for (i in seq_along(inside)) said(a$file, lines[i, ],
      paste(c("-", colnames(made$fired)[made$fired[i, ]]), collapse = " "), made$told[i])
  }
}
"""
