"""What each library minimises, or does in a step, for the number c that its user passes.

In the objectives `r = X w + b - y`, there are `n` examples, and the bias is spared unless a condition says otherwise.
Each row was read in the library's source or manual, of the release in `LIBRARIES`.
"""

from dataclasses import dataclass

L2, L1, DECOUPLED = "L2 penalty", "L1 penalty", "decoupled rate"

SQUARED, LOG, HINGE, INSENSITIVE = "squared error", "log loss", "hinge loss", "epsilon-insensitive loss"
ANY = "any loss"

# How the tests prove a row; `STATED` is for libraries that they don't install.
DEFINED = "defined so"
MINIMISED = "objective minimised by L-BFGS"
SOLVED = "solved by the library"
TRAINED = "trained with the library"
STEPPED = "one step of the library"
STATED = "as the library states it"

LIBRARIES = {
    "torch": "PyTorch 2.14",
    "sklearn": "scikit-learn 1.9",
    "keras": "Keras 3.15",
    "optax": "optax 0.2.8",
    "fastai": "fastai 2.8",
    "transformers": "Transformers 5.24",
    "composer": "MosaicML Composer 0.32",
    "glmnet": "glmnet 4 for R",
}


@dataclass(frozen=True, eq=False)
class Convention:
    """What one library means by its number c: a multiple of our lambda, or of the fraction that a step takes off.

    Parameters
    ----------
    name : str
        What `convert` calls it, such as "sklearn.Ridge".
    argument : str
        What its user passes.
    default : float or None
        Its default, if there is one.
    objective : str
        What is minimised, in c; for a decoupled rate, what a step does.
    proof : str
        How the tests prove it: one of the constants above.
    multiple : float, optional
        c as a multiple of lambda, of the fraction, or of what `unit` makes of them.
    unit : {"", "n", "batch_size", "y_std", "lr"}, optional
        What else multiplies; "lr" divides.
    inverse : bool, optional
        Whether c is one over all this.
    kind : str, optional
        L2, L1 or DECOUPLED.
    loss : str, optional
        What the penalty is added to.
    """

    name: str
    argument: str
    default: float | None
    objective: str
    proof: str
    multiple: float = 1
    unit: str = ""
    inverse: bool = False
    kind: str = L2
    loss: str = SQUARED

    @property
    def package(self) -> str:
        """What the name begins with: "sklearn" in "sklearn.Ridge", "glmnet" in "glmnet(alpha=0)"."""
        return self.name.partition(".")[0].partition("(")[0]

    @property
    def condition(self) -> str:
        """What else must hold for the objective to be the library's."""
        return CONDITIONS.get(self.name, "")

    @property
    def coefficient(self) -> str:
        """The number in our terms: "c = n lam", "c = 1 / (n lam)", "c = fraction / lr"."""
        if self.kind == DECOUPLED:
            return f"c = fraction / {self.unit}" if self.unit else "c = fraction"
        multiple = f"{self.multiple:g}" if self.multiple != 1 else ""
        product = " ".join(filter(None, (multiple, self.unit, "lam")))
        return f"c = 1 / ({product})" if self.inverse else f"c = {product}"


def _summed(name: str, argument: str, loss: str) -> Convention:
    """A classifier or regressor of scikit-learn that has its coefficient at the loss."""
    return Convention(name, argument, 1.0, "c sum(loss) + 1/2 ||w||^2", SOLVED, unit="n", inverse=True, loss=loss)


def _rate(name: str, argument: str, default: float, proof: str, step: str = "Adam") -> Convention:
    """A decoupled rate that takes lr c off."""
    update = f"w <- (1 - lr c) w, then {step}'s step"
    return Convention(name, argument, default, update, proof, unit="lr", kind=DECOUPLED, loss=ANY)


def _fraction(name: str, argument: str, default: float | None, proof: str, update: str) -> Convention:
    """A decoupled rate that is itself the fraction."""
    return Convention(name, argument, default, update, proof, kind=DECOUPLED, loss=ANY)


MEAN, HALF_MEAN = "||r||^2 / n + c/2 ||w||^2", "||r||^2 / (2n) + c/2 ||w||^2"
KERAS, GLMNET = "||r||^2 / n + c ||w||^2", "||r||^2 / (2n) + c / (2 sd(y)) ||w||^2"
LASSO, MEAN_L1 = "||r||^2 / (2n) + c ||w||_1", "||r||^2 / n + c ||w||_1"
BATCH = "||r||^2 / (2m) + c/(2m) ||w||^2"
ANY_MEAN, COMPOSER = "mean(loss) + c/2 ||w||^2", "w <- (1 - c lr/lr_0) w, then {}'s step"

SQUARED_ERROR = (
    Convention("half-mse", "lambda of this book; torch SGD on half the MSE", None, HALF_MEAN, TRAINED),
    Convention("mse", "mean square and c times the squared norm", None, KERAS, MINIMISED),
    Convention("sum-of-squares", "half of both", None, "||r||^2 / 2 + c/2 ||w||^2", MINIMISED, unit="n"),
    Convention("torch.SGD", "torch.optim.SGD(weight_decay)", 0.0, MEAN, TRAINED, 2),
    Convention("torch.Adam", "torch.optim.Adam(weight_decay)", 0.0, MEAN, TRAINED, 2),
    Convention("sklearn.Ridge", "Ridge(alpha)", 1.0, "||r||^2 + c ||w||^2", SOLVED, unit="n"),
    Convention("sklearn.SGDRegressor", "SGDRegressor(alpha)", 1e-4, HALF_MEAN, TRAINED),
    Convention("sklearn.ElasticNet", "ElasticNet(alpha, l1_ratio=0)", 1.0, HALF_MEAN, SOLVED),
    Convention("sklearn.MLPRegressor", "MLPRegressor(alpha)", 1e-4, BATCH, SOLVED, unit="batch_size"),
    Convention("keras.L2", "kernel_regularizer=keras.regularizers.L2(l2)", 0.01, KERAS, STATED),
    Convention("keras.SGD", "keras.optimizers.SGD(weight_decay)", None, MEAN, STATED, 2),
    Convention("fastai.SGD", "fastai.optimizer.SGD(wd)", 0.0, MEAN, STATED, 2),
    Convention("glmnet(alpha=0)", "glmnet(lambda, alpha=0)", None, GLMNET, STATED, unit="y_std"),
)
L1_PENALTIES = (
    Convention("sklearn.Lasso", "Lasso(alpha)", 1.0, LASSO, SOLVED, kind=L1),
    Convention("keras.L1", "kernel_regularizer=keras.regularizers.L1(l1)", 0.01, MEAN_L1, STATED, 2, kind=L1),
    Convention("glmnet(alpha=1)", "glmnet(lambda, alpha=1)", None, LASSO, STATED, kind=L1),
)
OTHER_LOSSES = (
    Convention("mean-loss", "lambda of this book for any loss; torch SGD", None, ANY_MEAN, TRAINED, loss=ANY),
    Convention("sklearn.SGDClassifier", "SGDClassifier(alpha)", 1e-4, ANY_MEAN, STEPPED, loss=ANY),
    Convention("optax.add_decayed_weights", "optax.add_decayed_weights(weight_decay)", 0.0, ANY_MEAN, STATED, loss=ANY),
    _summed("sklearn.LogisticRegression", "LogisticRegression(C)", LOG),
    _summed("sklearn.LinearSVC", "LinearSVC(C)", HINGE),
    _summed("sklearn.SVC", "SVC(C, kernel='linear')", HINGE),
    _summed("sklearn.LinearSVR", "LinearSVR(C)", INSENSITIVE),
    _summed("sklearn.SVR", "SVR(C, kernel='linear')", INSENSITIVE),
)
DECOUPLED_RATES = (
    _fraction(
        "fraction", "the part of each weight that a step takes off", None, DEFINED, "w <- (1 - c) w, then a step"
    ),
    _rate("torch.AdamW", "torch.optim.AdamW(weight_decay)", 0.01, STEPPED),
    *(
        _rate(
            f"torch.{it}(decoupled)", f"torch.optim.{it}(weight_decay, decoupled_weight_decay=True)", 0.0, STEPPED, it
        )
        for it in ("Adam", "NAdam", "RAdam")
    ),
    _rate("torch.Muon", "torch.optim.Muon(weight_decay)", 0.1, STEPPED, "Muon"),
    _rate("torch.Adafactor", "torch.optim.Adafactor(weight_decay)", 0.0, STEPPED, "Adafactor"),
    _rate("optax.adamw", "optax.adamw(weight_decay)", 1e-4, STATED),
    _rate("keras.AdamW", "keras.optimizers.AdamW(weight_decay)", 0.004, STATED),
    _rate("fastai.Adam", "fastai.optimizer.Adam(wd)", 0.01, STATED),
    _rate("transformers.Trainer", "TrainingArguments(weight_decay)", 0.0, STATED),
    _fraction(
        "composer.DecoupledSGDW", "composer.optim.DecoupledSGDW(weight_decay)", 0.0, STATED, COMPOSER.format("SGD")
    ),
    _fraction(
        "composer.DecoupledAdamW", "composer.optim.DecoupledAdamW(weight_decay)", 1e-5, STATED, COMPOSER.format("Adam")
    ),
)
CONVENTIONS = {row.name: row for row in (*SQUARED_ERROR, *L1_PENALTIES, *OTHER_LOSSES, *DECOUPLED_RATES)}

_NO_MOMENTUM = "no momentum: with momentum m the penalty is 1 - m times this"
_GLMNET = "family='gaussian'; standardize=FALSE, or X of standard deviation 1; standard deviations with 1/n"
_COMPOSER = "lr_0 is the learning rate at the start: a schedule lowers the decay with the rate"
_BIAS_TOO = "the bias is penalised too"
CONDITIONS = {
    "torch.SGD": "nn.MSELoss; the bias in a group without decay",
    "torch.Adam": "as torch.SGD, where it comes to rest: on the way Adam rescales the penalty; likewise NAdam, RAdam, "
    "Adamax, Adagrad, Adadelta, RMSprop",
    "sklearn.Ridge": "also RidgeCV(alphas), and RidgeClassifier(alpha) with targets -1 and 1",
    "sklearn.SGDRegressor": "penalty='l2', as by default",
    "sklearn.ElasticNet": "its default l1_ratio=0.5 has an L1 penalty",
    "sklearn.MLPRegressor": "m rows a batch: min(200, n) by default, n with solver='lbfgs'; a smaller last batch is "
    "penalised more",
    "keras.L2": "loss='mse'; with a mean cross-entropy c = lam / 2",
    "keras.SGD": f"loss='mse'; {_NO_MOMENTUM}; the bias left out by exclude_from_weight_decay",
    "fastai.SGD": f"MSELossFlat in a Learner, which leaves out the bias; {_NO_MOMENTUM}",
    "glmnet(alpha=0)": _GLMNET,
    "keras.L1": "loss='mse'",
    "glmnet(alpha=1)": _GLMNET,
    "mean-loss": "the mean of nn.CrossEntropyLoss, say; for squared error, the loss is r^2 / 2",
    "sklearn.SGDClassifier": "penalty='l2', as by default; the loss is hinge unless you name another",
    "optax.add_decayed_weights": "before sgd in a chain, on the mean of optax.l2_loss or another loss; after "
    "scale_by_adam it is decoupled, as in optax.adamw",
    "sklearn.LogisticRegression": "l1_ratio=0, as by default; with solver='liblinear' the bias is penalised too",
    "sklearn.LinearSVC": f"{_BIAS_TOO}; its default loss is the square of SVC's",
    "sklearn.LinearSVR": f"{_BIAS_TOO}; its default epsilon is 0, SVR's 0.1",
    "torch.Muon": "for matrices; adjust_lr_fn changes the step and leaves the decay",
    "optax.adamw": "all parameters, unless you pass a mask",
    "keras.AdamW": "all parameters, but for exclude_from_weight_decay; the other optimisers take weight_decay too, off "
    "by default but in Muon (0.004)",
    "fastai.Adam": "a Learner leaves out biases and batch normalisation",
    "transformers.Trainer": "AdamW, its default; biases and normalisation layers are left out",
    "composer.DecoupledSGDW": _COMPOSER,
    "composer.DecoupledAdamW": _COMPOSER,
}
