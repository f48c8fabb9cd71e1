"""Funnels once more, in base R.

Written from Spiegelhalter 2005 and Spiegelhalter et al. 2012, with the choices that FunnelPlotR
0.5 and 0.6 document: expected numbers of two decimals, winsorised or truncated tenths, exact
Poisson limits, and limits of proportions that are cut off where they stop being monotonic.
"""

# One case: a file of unit, over and under, `kind`, `method`, `adjusted`.
FUNNELS_IN_R = """
monotonic <- function(limit, sizes, is_lower) {
  line <- sort(unique(c(seq(3, ceiling(max(sizes)), length.out = 1000), sizes[sizes > 0])))
  along <- limit(line)
  for (i in seq_len(length(line) - 1)) {
    right <- limit(line[i + 1])
    if (is_lower && along[i] > right) along[i] <- 0
    if (!is_lower && along[i] < right) along[i] <- 1
  }
  along[match(sizes, line)]
}

for (case in seq_len(nrow(asked <- read.csv("asked.csv")))) {
  a <- asked[case, ]
  data <- na.omit(read.csv(a$file))
  over <- tapply(data$over, data$unit, sum)
  under <- tapply(data$under, data$unit, sum)
  value <- over / under
  is_ratio <- a$kind == "sr"
  way <- if (is_ratio) a$method else "pr"
  if (way == "shmi") under <- round(under, 2)
  target <- if (is_ratio) 1 else sum(over) / sum(under)
  scaled <- switch(way, pr = function(x) asin(sqrt(x)), cqc = sqrt, shmi = log)
  back <- switch(way, pr = function(x) sin(x)^2, cqc = identity, shmi = exp)
  s <- function(n) 1 / ((if (way == "shmi") 1 else 2) * sqrt(n))
  z <- (scaled(over / under) - scaled(target)) / s(under)
  if (way == "shmi") {
    tenth <- floor(10 * rank(z, na.last = "keep") / (length(z) + 1))
    used <- ifelse(tenth >= 1 & tenth <= 8, z, NA)
  } else {
    ends <- quantile(z, c(0.1, 0.9), na.rm = TRUE, names = FALSE)
    used <- pmin(pmax(z, ends[1]), ends[2])
  }
  phi <- tau2 <- 0
  if (a$adjusted && any(!is.na(used))) {
    w <- 1 / s(under[!is.na(used)])^2
    phi <- mean(used^2, na.rm = TRUE)
    k <- length(w)
    if (k > 1) tau2 <- max(0, (k * phi - (k - 1)) / (sum(w) - sum(w^2) / sum(w)))
  }
  limits <- function(tau2) sapply(c(-1.959964, 1.959964, -3.090232, 3.090232), function(reach) {
    limit <- function(n) back(scaled(target) + reach * sqrt(s(n)^2 + tau2))
    if (is_ratio) limit(under) else monotonic(limit, under, reach < 0)
  })
  exact <- function() sapply(c(0.025, 0.975, 0.001, 0.999), function(p)
    qchisq(p, 2 * (under + (p > 0.5))) / 2 / under)
  plain <- if (is_ratio) exact() else limits(0)
  drawn <- if (a$adjusted) limits(tau2) else plain
  rows <- cbind(value, z, used, (scaled(over / under) - scaled(target)) / sqrt(s(under)^2 + tau2),
                matrix(drawn, ncol = 4), matrix(plain, ncol = 4))
  rows[under == 0, ] <- NA
  said(a$file, "", c(target, phi, tau2))
  for (i in seq_along(over)) said(a$file, names(over)[i], rows[i, ])
}
"""
