// Closes every jest run with what failed, by name, and one plain line that continuous integration reads: what is said at the end is
// seen, even where the rest of a long log is cut.
import { relative } from 'node:path';
import process from 'node:process';

export default class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const brokenFiles = results.numRuntimeErrorTestSuites;
    const failed = results.testResults.flatMap(namesOfFailed).map((name) => `failed: ${name}\n`);
    process.stdout.write(
      `\n${failed.join('')}${results.numPassedTests} passed, ${results.numFailedTests + brokenFiles} failed\n`,
    );
  }
}

function namesOfFailed({ testFilePath, testExecError, testResults }) {
  const file = relative(process.cwd(), testFilePath);
  const tests = testResults.filter(({ status }) => status === 'failed').map(({ fullName }) => `${file}: ${fullName}`);
  return testExecError === undefined || testExecError === null ? tests : [file, ...tests];
}
