// Runs before the first paint: a page from the browser's store may be older than the choice.
{
  const theme = /(?:^|; )theme=(\w+)/.exec(document.cookie)?.[1];
  const root = document.documentElement;
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else if (theme) delete root.dataset.theme;
}
